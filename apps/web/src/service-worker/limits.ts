/** Versions that are kept besides the newest, for tabs that were opened with them. */
export const OLD_VERSIONS_MAX = 2;
/** Offline a tab shows the catalogue and manifests as they were; of so many the latest. */
export const FACTS_MAX = 40;
/** A network that says nothing for this long counts as none where a kept copy will do. */
export const FACTS_WAIT_MS = 4_000;
