// Sends events with Segment's library for Node as a shop's server would: node by_node.mjs LIBRARY HOST TOKEN COUNT.
//
// Prints nothing and ends with 0 when the library believes that everything was delivered.
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'

const [library, host, writeKey, count] = process.argv.slice(2)
const { Analytics } = createRequire(`${library}/`)('@segment/analytics-node')
const analytics = new Analytics({ writeKey, host, flushAt: 5, flushInterval: 200, maxRetries: 1000, httpRequestTimeout: 5000 })
const failures = []
analytics.on('error', (error) => failures.push(error))

const userId = 'node-user'
analytics.identify({ userId, traits: { plan: 'pro', email: 'ann@example.com' } })
analytics.page({ userId, name: 'Home', properties: { url: 'https://shop.example/' } })
analytics.group({ userId, groupId: 'acme', traits: { seats: 3 } })
analytics.alias({ userId, previousId: 'node-old' })
for (let number = 0; number < Number(count); number++) {
  analytics.track({
    userId,
    event: 'Order Completed',
    properties: { order_id: `node-${number}`, revenue: 10.25, currency: 'EUR', library: 'node' }
  })
  await sleep(50)
}
await analytics.closeAndFlush({ timeout: 120_000 })
if (failures.length) {
  console.error('not delivered:', failures)
  process.exit(1)
}
