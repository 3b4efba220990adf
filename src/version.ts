/** The package's version, inserted by build.mjs. */
declare const NETMON_VERSION: string | undefined;

export const version = typeof NETMON_VERSION === 'string' ? NETMON_VERSION : '0.0.0';
