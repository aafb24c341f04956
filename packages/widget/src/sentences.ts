/** Why there is no frame. */
export type FailureCode =
  | 'insecure-page'
  | 'no-relay'
  | 'bad-relay'
  | 'insecure-relay'
  | 'bad-key'
  | 'forbidden-by-page'
  | 'unreachable';

const FOR_THE_OWNER = 'If this is your page:';

/** A sentence for the visitor, and the remedy for who can change the page. */
export function sentenceOf(code: FailureCode, origin: string): string {
  switch (code) {
    case 'insecure-page':
      return `Manyhands works only on pages that came over https. ${FOR_THE_OWNER} serve it over https, or from localhost.`;
    case 'no-relay':
      return `Manyhands does not know its relay. ${FOR_THE_OWNER} write relay="https://…" into the element.`;
    case 'bad-relay':
      return `The address of the Manyhands relay is none. ${FOR_THE_OWNER} relay should be like https://relay.example.`;
    case 'insecure-relay':
      return `The Manyhands relay has no https. ${FOR_THE_OWNER} relay should begin with https://.`;
    case 'bad-key':
      return `The key for Manyhands is none. ${FOR_THE_OWNER} write key as the relay's operator gave it to you.`;
    case 'forbidden-by-page':
      return `The policy of this page forbids Manyhands. ${FOR_THE_OWNER} add ${origin} to frame-src in its Content-Security-Policy.`;
    case 'unreachable':
      return `Manyhands did not answer: ${origin} may be down, or may not allow this site. ${FOR_THE_OWNER} ask its operator to list this page's origin.`;
    default:
      return code satisfies never;
  }
}
