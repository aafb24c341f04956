import { useSite } from './site-context.ts';

/** What is free, what is not asked for, and who answers for this site where somebody says so. */
export function SiteFooter() {
  const { name, contact, terms } = useSite().facts.value.operator ?? {};
  return (
    <footer class="site-footer">
      <p>
        Manyhands is free software under the Apache License 2.0. No accounts, no cookies, no
        trackers, and no request to anyone but this site and the sources of the model you choose.
      </p>
      <p class="footer-links">
        <a href="#/privacy">Privacy</a>
        {terms && (
          <a href={terms} rel="noreferrer">
            Terms
          </a>
        )}
        {contact && (
          <a href={contact} rel="noreferrer">
            Contact
          </a>
        )}
        {name && <span data-testid="operator">Run by {name}</span>}
      </p>
    </footer>
  );
}
