/** Who computes: Local, Circle, Public. */
export const circles = {
  tiers: {
    label: 'Who computes',
    busy: 'Stop what runs to change this.',
    local: { name: 'Local', hint: 'this tab alone' },
    circle: { name: 'Circle', hint: 'people you invited' },
    public: { name: 'Public', hint: 'whoever contributes' },
  },
  choose: 'Choose a circle',
  looking: 'Looking…',
  close: 'Close',
  done: 'Done',
  back: 'Back',
  refused: 'Not joined',
  end: {
    expired: 'expired',
    minutes_one: 'ends in {{total}} minute',
    minutes_other: 'ends in {{total}} minutes',
    hours_one: 'ends in {{total}} hour',
    hours_other: 'ends in {{total}} hours',
    days_one: 'ends in {{total}} day',
    days_other: 'ends in {{total}} days',
  },
  here: {
    looking: 'looking who is here…',
    nobody: 'no other tab seen yet',
    tabs_one: '{{total}} other tab seen now',
    tabs_other: '{{total}} other tabs seen now',
  },
  list: {
    title: 'Your circles',
    empty:
      'You are in no circle yet. Make one and send its link to the people you want in it, or open a link that somebody sent you.',
    passing: 'This browser keeps nothing here: circles end when this page closes.',
    make: 'Make a circle',
    inUse: 'in use',
    expired: 'expired',
    whenExpired: 'Ask a member for a new invitation, or make a new link.',
    use: 'Use',
    invite: 'Invite',
    newLink: 'New link',
    leave: 'Leave',
  },
  create: {
    title: 'Make a circle',
    titleLink: 'Make a new link',
    intro:
      'A circle is a room for people you know. Its members’ devices run the model for each other and for nobody else. Whoever has the link is a member, so send it only to them.',
    introLink:
      'This makes a new secret. Here the old link ends at once, and what was said in the circle is deleted; members who are to stay need the new one. Those you do not give it to remain among themselves in the old circle.',
    name: 'Name',
    nameHint: 'Stands in the link. The relay never sees it.',
    lasts: 'Lasts',
    lastsHint: 'Then its keys stop working everywhere.',
    lifetimes: { day: 'A day', week: 'A week', month: 'A month', year: 'A year' },
    make: 'Make the circle',
    makeLink: 'Make the new link',
  },
  invite: {
    ready: '{{name}} is ready',
    title: 'Invite to {{name}}',
    text: 'Send this link to the people you want in the circle, over something you trust. Until {{end}} whoever has it can ask and serve as a member, and see the address of those they connect with.',
    link: 'Invitation link',
    copy: 'Copy',
    key: 'The part behind the # is the key. Browsers send it to no server, and this site removes it from the address bar when it is opened.',
  },
  join: {
    title: 'Join “{{name}}”?',
    intro: 'Somebody gave you the link to a circle, a private room of this site.',
    computed:
      'What you ask is computed by members’ devices only. They could reconstruct your text and see your IP address; nobody outside can read it.',
    members: 'Everybody with the link is a member, also people you do not know.',
    switches:
      'Chat and Contribute switch to this circle. Nothing is downloaded or computed for others until you press Contribute.',
    switchesActive:
      'Chat and Contribute switch to this circle. Nothing is downloaded or computed for others until you press Contribute; what runs now for others ends.',
    keys: 'This browser keeps keys that prove membership until you leave. They stop working on {{end}}.',
    join: 'Join',
    no: 'Not now',
  },
  leave: {
    title: 'Leave “{{name}}”?',
    text: 'This browser forgets its keys, stops serving the circle and deletes what was said in it.',
    joined: 'To come back you need its link again.',
    made: 'You made it: without a copy of the link nobody can be invited any more.',
    leave: 'Leave',
  },
} as const;
