import { RudderAnalytics } from '@rudderstack/analytics-js';

const tracker = new RudderAnalytics();
tracker.load('bench', location.origin + '/to/rudderstack', {
  configUrl: location.origin + '/to/rudderstack/config',
  autoTrack: { enabled: true, pageLifecycle: { enabled: true } },
});
tracker.page();
