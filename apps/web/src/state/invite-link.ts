const PREFIX = '#circle=';

/** A link that invites. What follows the `#` is sent to nobody, and the page takes it out of sight. */
export function inviteLink(site: string, inviteText: string): string {
  return `${site}/${PREFIX}${inviteText}`;
}

/**
 * The invitation in the address bar, if there is one: it is replaced there at once, so that it stands in
 * no history, no bookmark and no picture of the screen. To be called before the router looks.
 */
export function takeInvite({ location, history }: Pick<Window, 'location' | 'history'>) {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(PREFIX)) return undefined;
  history.replaceState(null, '', `${pathname}${search}#/chat`);
  return hash.slice(PREFIX.length);
}
