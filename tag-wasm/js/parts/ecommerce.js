// What shops push to the data layer, read as one: `rules/src/page/ecommerce.rs` says what becomes what, and does the same
// without a browser.

weirPart(({ offer }) => {
  const EVENTS = ['view_item', 'add_to_cart', 'remove_from_cart', 'begin_checkout', 'purchase', 'refund'];
  // The first that is there counts.
  const OLDER = {
    purchase: 'purchase',
    refund: 'refund',
    add: 'add_to_cart',
    remove: 'remove_from_cart',
    checkout: 'begin_checkout',
    detail: 'view_item',
  };
  const TEXTS = [
    ['id', 'item_id'],
    ['name', 'item_name'],
    ['brand', 'item_brand'],
    ['category', 'item_category'],
    ['variant', 'item_variant'],
    ['coupon', 'coupon'],
  ];
  const MAX_TEXT = 100;
  const MAX_ITEMS = 2000;

  const isObject = (it) => Object(it) === it && !Array.isArray(it);

  const number = (it) => {
    const plain = typeof it === 'string' ? it.replace(/\s/g, '').replace(',', '.') : it;
    if (typeof plain === 'number' ? isFinite(plain) : typeof plain === 'string' && /^-?(\d+\.?\d*|\.\d+)$/.test(plain)) return +plain;
  };

  const text = (it) => {
    if (typeof it === 'string' || typeof it === 'number') return Array.from('' + it).slice(0, MAX_TEXT).join('') || undefined;
  };

  const oneOf = (item, name, other) => {
    const found = text(item[other]);
    return found === undefined ? text(item[name]) : found;
  };

  const written = (items) => {
    let out = '';
    for (const item of items.filter(isObject)) {
      const kept = {};
      for (const [name, other] of TEXTS) kept[name] = oneOf(item, name, other);
      kept.price = number(item.price);
      kept.quantity = number(item.quantity);
      const one = JSON.stringify(kept);
      if (out.length + one.length > MAX_ITEMS) break;
      out += (out && ',') + one;
    }
    return out && '[' + out + ']';
  };

  const ecommerce = (push) => {
    const shop = push.ecommerce;
    if (!isObject(shop)) return;
    const key = Object.keys(OLDER).find((key) => isObject(shop[key]));
    const part = key ? shop[key] : shop;
    const event = key ? OLDER[key] : EVENTS.find((event) => event === push.event);
    const action = key ? Object(part.actionField) : shop;
    if (!event || (key === 'checkout' && number(action.step) > 1)) return;
    const found = key ? part.products : shop.items;
    const items = Array.isArray(found) ? found : [];
    const worth = items
      .map((item) => {
        const quantity = number(Object(item).quantity);
        return number(Object(item).price) * (quantity === undefined ? 1 : quantity);
      })
      .filter((worth) => worth === worth);
    let total = number(key ? action.revenue : action.value);
    if (total === undefined && worth.length) total = worth.reduce((sum, worth) => sum + worth, 0);
    const isOrder = /^(purchase|refund)$/.test(event);
    return {
      event,
      order_id: isOrder ? oneOf(action, 'id', 'transaction_id') : undefined,
      [isOrder ? 'revenue' : 'value']: total,
      currency: oneOf(shop, 'currencyCode', 'currency'),
      item: items.length === 1 ? oneOf(Object(items[0]), 'id', 'item_id') : undefined,
      items: written(items) || undefined,
    };
  };

  offer({ ecommerce });
});
