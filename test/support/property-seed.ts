import * as fc from 'fast-check';

// In CI the result depends on the code alone: properties are tried with the same inputs each time. Elsewhere with others each
// time; what fails prints its seed. PROPERTY_SEED=123 tries those of that seed.
const { PROPERTY_SEED, CI } = process.env;
if (PROPERTY_SEED !== undefined) fc.configureGlobal({ seed: Number(PROPERTY_SEED) });
else if (CI === 'true') fc.configureGlobal({ seed: 20261101 });
