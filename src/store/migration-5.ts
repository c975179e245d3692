/**
 * The fifth step of the schema: the newest probes of a route, accepted or not, however many others there are. Never edited
 * once it was released (see migrations.ts).
 */
export const PROBES_OF_ROUTES = `
  CREATE INDEX probes_of_route ON probes (route);
`;
