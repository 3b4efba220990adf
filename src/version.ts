/** The package's version; build.mjs puts it in. */
declare const NETMON_VERSION: string | undefined;

export const version = typeof NETMON_VERSION === 'string' ? NETMON_VERSION : '0.0.0';
