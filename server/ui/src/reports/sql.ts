// What an analyst begins with, of a view.

/** Views that are of one site only: of a funnel, of a goal. The others have the sites of the installation in them. */
const OF_ONE_SITE = /^weir\.(?:funnel|goal)_/;

/** Sites are called by `[a-z0-9_]`, which needs no quoting. */
export const viewQuery = (view: string, site: string): string =>
  `SELECT * FROM ${view}${OF_ONE_SITE.test(view) ? "" : ` WHERE site = '${site}'`} LIMIT 1000`;
