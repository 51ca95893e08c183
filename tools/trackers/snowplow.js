import { LinkClickTrackingPlugin, enableLinkClickTracking } from '@snowplow/browser-plugin-link-click-tracking';
import { enableActivityTracking, newTracker, trackPageView } from '@snowplow/browser-tracker';

newTracker('sp', location.origin + '/to/snowplow', { appId: 'shop', plugins: [LinkClickTrackingPlugin()] });
enableActivityTracking({ minimumVisitLength: 10, heartbeatDelay: 10 });
enableLinkClickTracking({ pseudoClicks: true });
trackPageView();
