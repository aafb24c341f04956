/** The service worker: imported for what it does, from a worker of one's own or as a file. */
export {};
