/** The page on privacy, and the sentence beside every input. */
export const privacy = {
  /** The wording is the project's promise, see its design notes on trust. */
  sentences: {
    public:
      "Strangers' computers run parts of the model on your text. The relay can't read it. The people running the layers could reconstruct it, and see your IP address. Don't enter anything you wouldn't post in public.",
    publicHidden:
      "Strangers' computers run parts of the model on your text. The relay can't read it, but sees your IP address. The people running the layers don't see your address; they could reconstruct the text. Don't enter anything you wouldn't post in public.",
    circle:
      "Only computers of this circle's members run parts of the model on your text. The members running the layers could reconstruct it, and see your IP address. Nobody outside the circle can read it; the relay can't either, but sees your address. Whoever was given the invitation is a member.",
    circleHidden:
      "Only computers of this circle's members run parts of the model on your text. The members running the layers could reconstruct it, but don't see your IP address. Nobody outside the circle can read it; the relay can't either, but sees your address. Whoever was given the invitation is a member.",
    local:
      "The model runs in this tab alone. Your text stays on this computer: no connection to the relay or to other tabs is open. Only the model's own files are downloaded, unless this browser has them already.",
  },
  title: 'Privacy',
  lead: 'Strangers’ computers run parts of the model on your text. Write nothing here that you would not post in public. The rest of this page says who could see what.',
  ask: {
    title: 'When you ask',
    chain: {
      term: 'The volunteers of your chain',
      text: 'They get numbers, not text, but numbers from which the text can be reconstructed. Count them as readers of the whole conversation. They see your IP address, unless you ticked “Hide my address from other tabs”.',
    },
    circle: {
      term: 'In a circle, and on your own',
      text: 'In a circle these volunteers are its members and nobody else. In the tier Local the model runs in your own tab: no text leaves it, and no connection to the relay is open.',
    },
    embedding: {
      term: 'Who turns a text into a vector for you',
      text: 'One volunteer, and it reads that text as you wrote it.',
    },
    relay: {
      term: 'The relay',
      text: 'It sees your IP address, which tabs you connect with, when, and how much is sent. It cannot read prompts or answers: what passes through it is sealed for the other tab.',
    },
    turn: {
      term: 'A TURN server, where the operator has one',
      text: 'The same as the relay, for the connections that need it.',
    },
    sources: {
      term: 'Sources of models',
      text: 'Weights that this site does not have come from where the model is published, Hugging Face for instance. That server sees your address and which model you load.',
    },
    report: {
      term: 'When you report an answer',
      text: 'Your reason, your note, the model, and the names of the tabs that computed it go to the operator of the relay. Question and answer go with them only if you tick the box that says so: then the operator can read them.',
    },
  },
  contribute: {
    title: 'When you contribute',
    seenByOthers: {
      term: 'What others see of you',
      text: 'Your IP address, as with any direct connection, unless you hide it; which blocks you hold; roughly what kind of device it is. No name, no file, nothing from other tabs.',
    },
    seenByYou: {
      term: 'What you see of others',
      text: 'This page shows you nothing of other people’s text. Its code runs on your machine, though, and somebody else’s might be changed: that is why the advice above is what it is.',
    },
    tallies: {
      term: 'What your tab tells the relay',
      text: 'What it holds, how fast it computes, and how many tokens it has served. The relay adds these tallies up over all tabs and shows the sum to everybody; they say how much was computed, not what or for whom.',
    },
    time: {
      term: 'When it happens',
      text: 'After you pressed Contribute, and never before. Stop ends it.',
    },
  },
  device: {
    title: 'What stays on this device',
    conversations: {
      term: 'Conversations',
      text: 'In a database of this browser only, not encrypted: who uses this browser can read them. Nobody else has a copy, so nobody can restore one. What you delete in the list is gone.',
    },
    settings: {
      term: 'Settings, and a key that names this browser',
      text: 'The key lets other tabs know that they still talk with the same one. It belongs to no person and to no account; deleting this site’s data makes a new one.',
    },
    history: {
      term: 'What you gave',
      text: 'Counts of your contribution by day. They never leave this browser.',
    },
    models: {
      term: 'Pieces of models',
      text: 'Kept for the next visit, as much as your browser allows.',
    },
    site: {
      term: 'This site itself',
      text: 'Its pages and programs, so that it opens without a connection.',
    },
    deletion: {
      term: 'How to delete all of it',
      text: 'On the page <storage>Storage</storage>, with one button, in every tab of this site. There is nothing of it elsewhere, except reports that you sent.',
    },
  },
  operator: {
    title: 'Who runs this site',
    unnamed: 'Its operator did not say',
    noContact: 'No contact is given.',
    terms: 'Terms of use',
    kept: {
      term: 'What the software keeps',
      text: 'The relay counts addresses while a connection is open, to hold each to its limits, and keeps a scrambled form of one for an hour where it carried records for it. It writes no address and no text into its log. It keeps the reports that people send it, and for a day how many tokens were served in each minute. What the operator’s web server or provider writes down beside it, only the operator can say.',
    },
    unpromised: {
      term: 'What it cannot promise',
      text: 'That volunteers compute honestly, or that they forget what they computed. The weights are checked against a hash; the computing is not audited yet.',
    },
  },
} as const;
