import { type ComponentChildren, h } from 'preact';
import { MARKDOWN_DEPTH_MAX } from '../../state/limits.ts';
import { t } from '../../strings/language.ts';
import { CodeBlock } from './code-block.tsx';
import type { MarkdownToken } from './parse-markdown.ts';
import { decodeEntities, safeHref } from './safe-link.ts';

type TokenOf<Type extends MarkdownToken['type']> = Extract<MarkdownToken, { type: Type }>;

/** One block as elements. HTML in the text stays text; nothing is loaded; depth is bounded. */
export function renderBlock(token: MarkdownToken): ComponentChildren {
  return render(token, 0);
}

function renderAll(
  tokens: readonly { readonly type: string; readonly raw: string }[] | undefined,
  depth: number,
): ComponentChildren {
  return (tokens ?? []).map((token) => render(token as MarkdownToken, depth + 1));
}

function render(token: MarkdownToken, depth: number): ComponentChildren {
  if (depth > MARKDOWN_DEPTH_MAX) return token.raw;
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'paragraph':
      return <p>{renderAll(token.tokens, depth)}</p>;
    case 'heading':
      // The page owns the first levels; an answer's headings stand below them.
      return h(`h${Math.min(6, token.depth + 2)}`, null, renderAll(token.tokens, depth));
    case 'code':
      return <CodeBlock text={token.text} language={token.lang ?? ''} />;
    case 'blockquote':
      return <blockquote>{renderAll(token.tokens, depth)}</blockquote>;
    case 'list':
      return renderList(token as TokenOf<'list'>, depth);
    case 'list_item':
      return <li>{renderAll(token.tokens, depth)}</li>;
    case 'checkbox':
      return (
        <input
          type="checkbox"
          disabled
          checked={token.checked}
          aria-label={token.checked ? t('chat.text.done') : t('chat.text.open')}
        />
      );
    case 'table':
      return renderTable(token as TokenOf<'table'>, depth);
    case 'hr':
      return <hr />;
    case 'br':
      return <br />;
    case 'strong':
      return <strong>{renderAll(token.tokens, depth)}</strong>;
    case 'em':
      return <em>{renderAll(token.tokens, depth)}</em>;
    case 'del':
      return <del>{renderAll(token.tokens, depth)}</del>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'link':
      return renderLink(token.href, renderAll(token.tokens, depth));
    case 'image':
      // Loading it would tell its host who reads this answer.
      return renderLink(token.href, describeImage(decodeEntities(token.text)));
    case 'escape':
      return token.text;
    case 'html':
      return token.raw;
    case 'text':
      return token.tokens === undefined || token.tokens.length === 0
        ? decodeEntities(token.text)
        : renderAll(token.tokens, depth);
    default:
      return (token satisfies never as { raw: string }).raw;
  }
}

function describeImage(description: string): string {
  return description === '' ? t('chat.text.unnamedImage') : t('chat.text.image', { description });
}

function renderLink(href: string, children: ComponentChildren): ComponentChildren {
  const address = safeHref(href);
  if (address === undefined) return <span>{children}</span>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow" title={address}>
      {children}
    </a>
  );
}

function renderList(token: TokenOf<'list'>, depth: number): ComponentChildren {
  const items = renderAll(token.items, depth);
  if (!token.ordered) return <ul>{items}</ul>;
  return <ol start={typeof token.start === 'number' ? token.start : 1}>{items}</ol>;
}

function renderTable(token: TokenOf<'table'>, depth: number): ComponentChildren {
  const alignOf = (align: string | null): string => (align === null ? '' : `align-${align}`);
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            {token.header.map((cell) => (
              <th class={alignOf(cell.align)}>{renderAll(cell.tokens, depth)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row) => (
            <tr>
              {row.map((cell) => (
                <td class={alignOf(cell.align)}>{renderAll(cell.tokens, depth)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
