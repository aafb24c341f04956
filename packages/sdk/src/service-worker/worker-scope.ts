/** The part of a service worker's global that is used here: TypeScript has it in a library beside DOM's. */
export interface WorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: {
    claim(): Promise<void>;
    get(id: string): Promise<WorkerClient | undefined>;
  };
  addEventListener(type: 'fetch', listener: (event: WorkerFetchEvent) => void): void;
  addEventListener(type: 'activate', listener: (event: WorkerEvent) => void): void;
  addEventListener(
    type: 'message',
    listener: (event: WorkerEvent & { readonly data: unknown }) => void,
  ): void;
}

export interface WorkerClient {
  readonly type: 'window' | 'worker' | 'sharedworker';
  postMessage(message: unknown, transfer: Transferable[]): void;
}

export interface WorkerEvent {
  waitUntil(promise: Promise<unknown>): void;
}

export interface WorkerFetchEvent extends WorkerEvent {
  readonly request: Request;
  readonly clientId: string;
  respondWith(response: Promise<Response>): void;
}

/** Answers a request, or leaves it to the next one and to the network. Decides at once, as browsers ask. */
export type RouteHandler = (event: WorkerFetchEvent) => Promise<Response> | undefined;
