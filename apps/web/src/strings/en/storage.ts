/** What this browser keeps for the site, and how to be rid of it. */
export const storage = {
  title: 'Storage',
  lead: 'Everything that this site keeps is in this browser, and listed here. Nothing of it is anywhere else, so what you delete is gone.',
  looking: 'Looking at what this browser keeps.',
  keep: 'Keep it',
  models: {
    title: 'Models',
    blocked:
      'This browser keeps no files for this site: models are downloaded again at every start. Leave the private window, or allow this site to store data.',
    none: 'No model is kept. Pieces of one are, once you contribute with it or ask it.',
    total_one: '{{number}} model, {{bytes}}.',
    total_other: '{{number}} models, {{bytes}}.',
    list: 'Models that are kept',
    unlisted: 'Model {{root}}',
    part: '{{bytes}} of {{all}}',
    lastUsed: 'last used {{time}}',
    neverUsed: 'no record of its last use',
    usedHere: 'This tab uses it. Stop contributing or unload it first.',
    usedElsewhere: 'Another tab uses it. Stop it there first.',
    usedBoth: 'This tab and another one use it. Stop it in both first.',
    stray: 'This is no model of ours: something left it here. It is safe to delete.',
    broken: 'Its download broke off before it could be of use. It is safe to delete.',
    delete: 'Delete',
    deleteNamed: 'Delete {{name}}',
    confirm: 'Delete {{name}}? The next use downloads it again.',
    note: 'A tab keeps the pieces that it needed, which may be a part of a model. Each piece is checked when it is read, and one that is damaged is downloaded again.',
  },
  limit: {
    title: 'Room for models',
    label: 'Keep at most, in GB',
    hint: 'Left empty, your browser alone decides. Before a download would go beyond it, the models that you did not use for longest go. What a tab uses stays, and what does not fit is downloaded anew each time.',
    apply: 'Apply',
    invalid: 'Enter a number above 0, such as 5 or 0.5, or leave the field empty.',
  },
  space: {
    title: 'Space in this browser',
    used: '{{used}} of {{quota}} that this browser grants the site are used.',
    bar: 'Used space',
    unknown: 'This browser does not tell how much space there is.',
    persisted: 'This browser promises to keep it until you delete it yourself.',
    notPersisted:
      'When disk space runs short, this browser may delete all of it without asking you. You can ask it to promise that it does not.',
    persistUnknown: 'This browser makes no promise about how long it keeps things.',
    persist: 'Ask to keep it',
  },
  kept: {
    title: 'What else is kept',
    conversations: {
      title: 'Conversations',
      text: 'Your questions and the answers to them.',
      delete: 'Delete all conversations',
      confirm: 'Delete every conversation? Nobody else has a copy.',
    },
    contributionHistory: {
      title: 'What you contributed',
      text: 'For each day how much this browser gave.',
      delete: 'Delete this history',
      confirm: 'Delete the history of your contributions?',
    },
    settings: {
      title: 'Settings',
      text: 'Limits and rules for contributing, choices for chatting, colours, language, the data of today, your last benchmark, the sites on which you agreed to contribute.',
    },
    identity: {
      title: 'A key that names this browser',
      text: 'Other tabs know by it that they still talk with the same one. It belongs to no person and cannot be copied out of the browser.',
    },
    circles: {
      title: 'Circles',
      text: 'The keys of your circles. Without them you need a new invitation.',
    },
    kernels: {
      title: 'What was measured of your GPU',
      text: 'Which way of computing is fastest on it, so that later starts need not try again.',
    },
    pages: {
      title: 'The site itself',
      text: 'Its pages, so that they open without a network.',
    },
    conversationsAmount_one: '{{number}} conversation, {{bytes}}',
    conversationsAmount_other: '{{number}} conversations, {{bytes}}',
    historyAmount_one: '{{number}} day, {{bytes}}',
    historyAmount_other: '{{number}} days, {{bytes}}',
    unreadable: 'could not be read',
    circlesAmount_one: '{{number}} circle',
    circlesAmount_other: '{{number}} circles',
    there: 'kept',
    absent: 'nothing kept',
    unknown: 'this browser does not tell',
  },
  outcome: {
    modelDeleted: '{{name}} is deleted.',
    modelInUse:
      '{{name}} is still there: a tab uses it. Stop it there, or close that tab, and try again.',
    limitKept: 'This is how much is kept from now on.',
    limitRefused:
      'This browser lets a page not write here, so the limit stays as it was. A newer browser does.',
    persisted: 'This browser promises to keep everything.',
    persistRefused:
      'This browser said no. Many say yes once a site is installed, bookmarked or used often.',
    deleted: {
      conversations: 'All conversations are deleted.',
      contributionHistory: 'The history is deleted.',
    },
    failed: {
      conversations:
        'The conversations could not be deleted. Close other tabs of this site and try again.',
      contributionHistory:
        'The history could not be deleted. Close other tabs of this site and try again.',
    },
  },
  erase: {
    title: 'Delete everything about me',
    text: 'Models, conversations, circles, settings, the history and the key that names this browser: all of it goes, in every tab of this site. A contribution and answers under way end first.',
    limits:
      'Frames of this site on other people’s pages have storage of their own, which the browser keeps apart: delete it there or in the browser’s settings.',
    button: 'Delete everything',
    question: 'Delete everything for good?',
    questionText: 'There is no copy, so nothing can bring it back. Other tabs of this site stop.',
    confirm: 'Yes, delete everything',
    stopping: 'Ending what runs, so that nobody’s answer breaks off.',
    headings: {
      running: 'Deleting everything',
      done: 'Everything is deleted',
      left: 'Not everything is deleted',
      elsewhere: 'This tab has stopped',
      'nothing-asked': 'Nothing was deleted',
    },
    running: 'Waiting for other tabs of this site to leave, then deleting.',
    done: 'This page keeps nothing and is connected to nobody.',
    elsewhere: 'Everything is being deleted, as you asked in another tab. This one keeps nothing.',
    nothingAsked: 'Whoever wants to delete everything says so on the Storage page.',
    leftOver: 'Some of it could not be deleted:',
    remedy:
      'Close all tabs of this site and delete again, or delete this site’s data in your browser’s settings.',
    parts: {
      'service-worker': 'what opens the site without a network',
      caches: 'pages and measurements that were kept',
      files: 'files of models',
      databases: 'keys, circles and conversations',
      settings: 'settings',
    },
    begin: 'Begin anew',
  },
} as const;
