import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '@manyhands/relay/settings';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repositoryRoot } from '../../bin/repository.mjs';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');

/** What a relay looks up in its environment, in the order of the alphabet. */
function settingNames(): string[] {
  const names = new Set<string>();
  const env = new Proxy({} as Record<string, string | undefined>, {
    get: (_, name) => {
      names.add(String(name));
      return undefined;
    },
  });
  readSettings(env, 'linux');
  readSettings(env, 'win32');
  // Of the system, not of an operator.
  for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA']) names.delete(name);
  return [...names].sort();
}

/** Names in the first cells of a table's rows. */
function tableNames(markdown: string): string[] {
  const cells = [...markdown.matchAll(/^\| *((?:`[A-Z][A-Z_]+`(?:, )?)+) *\|/gm)];
  return cells.flatMap(([, cell = '']) => cell.match(/[A-Z][A-Z_]+/g) ?? []).sort();
}

describe('what operators read', () => {
  it.each(['docs/self-hosting.md', 'apps/relay/README.md'])(
    'lists every setting and no other: %s',
    (path) => {
      expect(tableNames(read(path))).toEqual(settingNames());
    },
  );

  it('names files, commands and scripts that exist', () => {
    const text = read('docs/self-hosting.md');
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, script = ''] of text.matchAll(/npm (?:run )?([a-z]+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
    for (const [, path = ''] of text.matchAll(/\b(apps\/relay\/[A-Za-z.]+)/g)) {
      expect(existsSync(join(repositoryRoot, path)), path).toBe(true);
    }
    for (const name of ['self-hosting', 'threat-model', 'contributing', 'CHANGELOG', 'protocol']) {
      for (const [, link = ''] of read(`docs/${name}.md`).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(join(repositoryRoot, 'docs', link)), `${name}: ${link}`).toBe(true);
      }
    }
  });
});

describe('the containers', () => {
  const compose = parse(read('apps/relay/compose.yaml')) as {
    services: Record<string, { environment?: Record<string, string>; command?: string | string[] }>;
    volumes: Record<string, unknown>;
  };
  const dockerfile = read('apps/relay/Dockerfile');

  it('are given settings that a relay reads', () => {
    const names = Object.keys(compose.services.relay?.environment ?? {});
    expect(names.filter((name) => !settingNames().includes(name))).toEqual([]);
    const [, line = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? [];
    const set = [...line.matchAll(/([A-Z_]+)=/g)].map(([, name = '']) => name);
    expect(set.filter((name) => !settingNames().includes(name))).toEqual(['NODE_ENV']);
  });

  it('are told nothing that the guide does not', () => {
    const text = read('apps/relay/compose.yaml');
    const wanted = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name = '']) => name));
    const [, env = ''] =
      /`\.env` at the top[^`]*```sh\n([^`]*)```/.exec(read('docs/self-hosting.md')) ?? [];
    const explained = [...env.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
    expect([...wanted].sort()).toEqual(explained.sort());
  });

  it('fit together', () => {
    expect(Object.keys(compose.services)).toEqual(['relay', 'proxy', 'turn']);
    expect(compose.services.proxy?.command).toContain('relay:8787');
    expect(dockerfile).toContain('PORT=8787');
    // One proxy in front, and the secret that both ends share.
    expect(compose.services.relay?.environment).toMatchObject({ TRUST_PROXY: '1' });
    expect(String(compose.services.turn?.command)).toMatch(
      /--use-auth-secret,--static-auth-secret=\$\{TURN_SECRET\}/,
    );
    const settings = {
      ...compose.services.relay?.environment,
      PUBLIC_ORIGIN: 'https://example.org',
      TURN_URLS: 'turn:example.org:3478,turn:example.org:3478?transport=tcp',
      TURN_SECRET: 'x'.repeat(43),
      OPERATOR_NAME: '',
      OPERATOR_CONTACT: '',
      OPERATOR_TERMS: '',
    };
    expect(readSettings(settings).turn?.urls).toHaveLength(2);
  });
});
