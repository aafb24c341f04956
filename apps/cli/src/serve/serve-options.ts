import { readInteger, readOptions } from '../read-options.ts';

export const SERVE_USAGE = `Usage: npm start -- [options]     or: manyhands serve [options]
  --port N         where to listen (default: PORT, else 8787; 0 for a free one)
  --host ADDRESS   on which address (default: HOST, else 127.0.0.1; with --lan 0.0.0.0)
  --lan            https for the devices of this network, with a certificate made here; prints
                   addresses, a QR code and what each device has to be told once
  --help           this text
All other settings are environment variables: docs/self-hosting.md lists them.`;

export type ServeOptions =
  | { readonly action: 'help' }
  | {
      readonly action: 'serve';
      readonly isLan: boolean;
      readonly port: number | undefined;
      readonly host: string | undefined;
    };

/** Reads the command line. Throws `usage`. */
export function readServeOptions(args: readonly string[]): ServeOptions {
  const values = readOptions(
    args,
    {
      port: { type: 'string' },
      host: { type: 'string' },
      lan: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    SERVE_USAGE,
  );
  if (values.help === true) return { action: 'help' };
  const { port } = values;
  return {
    action: 'serve',
    isLan: values.lan === true,
    port:
      port === undefined
        ? undefined
        : readInteger('port', port, { min: 0, max: 65_535 }, SERVE_USAGE),
    host: values.host,
  };
}
