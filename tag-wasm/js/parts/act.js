// What tags do in the page besides sending events. The server has checked the addresses; the page's own policy still
// decides whether the browser loads them.

weirPart(({ offer }) => {
  // Kept until they have loaded: a browser may drop an image that nothing refers to.
  const images = new Set();

  const pixel = ({ url }) => {
    const image = new Image();
    images.add(image);
    image.onload = image.onerror = () => images.delete(image);
    image.referrerPolicy = 'no-referrer-when-downgrade';
    image.src = url;
  };

  const script = ({ url, integrity }) => {
    const element = document.createElement('script');
    element.integrity = integrity;
    element.crossOrigin = 'anonymous';
    element.src = url;
    document.head.append(element);
  };

  const push = (entry) => (window.dataLayer = window.dataLayer || []).push(entry);

  // Numbers of `TagKind`.
  offer({ a1: pixel, a2: script, a3: push });
});
