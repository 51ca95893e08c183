-- What the columns of `weir.events` mean that their names do not say: `DESCRIBE weir.events` is the glossary.
ALTER TABLE weir.events
    COMMENT COLUMN IF EXISTS page_url 'address of the page',
    COMMENT COLUMN IF EXISTS page_host 'host of the page, as people write it',
    COMMENT COLUMN IF EXISTS page_title 'title of the page when it happened',
    COMMENT COLUMN IF EXISTS utm_medium 'kind of the campaign: cpc, email, …',
    COMMENT COLUMN IF EXISTS utm_campaign 'name of the campaign',
    COMMENT COLUMN IF EXISTS utm_content 'which advertisement of the campaign',
    COMMENT COLUMN IF EXISTS utm_term 'keyword of the campaign',
    COMMENT COLUMN IF EXISTS click_id 'id that the advertising network gave the click',
    COMMENT COLUMN IF EXISTS browser 'name of the browser, without its version',
    COMMENT COLUMN IF EXISTS os 'operating system, without its version',
    COMMENT COLUMN IF EXISTS city 'where the visitor is, as far as the address says; or empty',
    COMMENT COLUMN IF EXISTS order_id 'number of the order, for purchases and refunds: an order counts once';
