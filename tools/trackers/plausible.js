import { init } from '@plausible-analytics/tracker';

init({
  domain: 'shop.example',
  endpoint: location.origin + '/to/plausible',
  captureOnLocalhost: true,
  outboundLinks: true,
  fileDownloads: true,
  formSubmissions: true,
});
