const browsers =
  'Use a recent Chrome, Edge or Safari 26, or Firefox 141 on Windows. On Linux, Chrome may need chrome://flags/#enable-unsafe-webgpu.';

/** Whether this browser can contribute: one sentence for each finding, and what to do about it. */
export const preflight = {
  looking: 'Looking at this browser…',
  notYet: 'This browser was not looked at yet.',
  good: 'This browser can contribute.',
  warnings_one: 'This browser can contribute; {{count}} thing could be better.',
  warnings_other: 'This browser can contribute; {{count}} things could be better.',
  problems_one: 'This browser cannot contribute yet: {{count}} problem.',
  problems_other: 'This browser cannot contribute yet: {{count}} problems.',
  hide: 'Hide',
  details: 'Details',
  checking: 'Checking…',
  checkAll: 'Check everything',
  checkAllHint:
    'Also asks the browser for a GPU, and the relay’s STUN servers how your router treats connections. Nothing is downloaded or computed, and what is found stays in this page.',
  named: '<name>{{name}}:</name> {{text}}',
  unnamed: 'unnamed',
  names: {
    'secure-context': 'Address',
    compute: 'Processor',
    gpu: 'GPU',
    webrtc: 'Connections',
    nat: 'Router',
    'local-network': 'Local network',
    storage: 'Storage',
    memory: 'Memory',
    battery: 'Power',
    visibility: 'Visibility',
  },
  found: {
    late: 'The browser did not answer in time.',
    secure: 'The page was opened securely.',
    insecure:
      'The page was opened over plain http, where browsers allow neither GPU nor encryption.',
    simd: 'The processor can compute (WebAssembly SIMD).',
    'gpu-only': 'The processor cannot compute here, so only the GPU can.',
    'no-compute': 'This browser has neither WebGPU nor WebAssembly SIMD.',
    webgpu: 'WebGPU is there. Which GPU is not asked yet.',
    gpu: 'The GPU can be used ({{name}}).',
    'no-webgpu': 'This browser has no WebGPU: the processor computes, which is slower.',
    'no-adapter': 'The browser offers no GPU: the processor computes, which is slower.',
    'software-adapter':
      'The browser draws with software ({{name}}): the processor computes directly instead.',
    webrtc: 'Tabs can be connected to (WebRTC).',
    'no-webrtc': 'WebRTC is missing or blocked: no tab can be connected to.',
    'webrtc-blocked': 'WebRTC is blocked: a connection within this page did not open.',
    'no-nat': 'Tabs elsewhere reach this one directly.',
    'stable-nat': 'The router lets tabs elsewhere reach this one.',
    'symmetric-nat-with-turn':
      'The router uses a new port for every partner (symmetric NAT); the relay’s TURN server bridges that.',
    'symmetric-nat':
      'The router uses a new port for every partner (symmetric NAT): some tabs will not reach this one.',
    'udp-blocked-with-turn': 'No STUN server answered: the network seems to block UDP.',
    'udp-blocked': 'No STUN server answered: the network seems to block UDP.',
    'few-stun-servers':
      'Too few STUN servers answered to tell how the router treats tabs: it takes two.',
    'no-stun-server': 'The relay names no STUN server, so how the router treats tabs is not known.',
    'no-relay': 'The relay was not reached, which names the STUN servers to ask about the router.',
    'nat-not-asked':
      'How the router treats tabs is asked of the relay’s STUN servers when you want it.',
    'no-local-permission': 'This browser has no permission for the local network.',
    'local-granted': 'The local network may be used.',
    'local-prompt': 'The browser may ask whether this site may use the local network.',
    'local-denied':
      'This site may not use the local network: devices at your place are hard to reach.',
    kept: 'Downloaded blocks can be kept for the next start.',
    'kept-with-room': 'Downloaded blocks can be kept: {{free}} are free for this site.',
    'little-room': 'Only {{free}} are free for this site.',
    'nothing-kept':
      'This browser keeps no files for the site: blocks are downloaded at every start.',
    memory: 'There are {{memory}} GB of memory or more.',
    'little-memory': 'This device has about {{memory}} GB of memory, enough for a few blocks.',
    'memory-untold': 'This browser does not tell how much memory there is.',
    'plugged-in': 'The device is plugged in.',
    'on-battery': 'The device runs on its battery.',
    'battery-untold': 'This browser does not tell whether it runs on a battery.',
    'in-front': 'The tab is in front.',
    hidden: 'The tab is hidden: the browser may slow it down or freeze it.',
  },
  remedies: {
    insecure: 'Open the https address of this site, or localhost.',
    'gpu-only': `Where the GPU fails nothing takes over. ${browsers}`,
    'no-compute': `Update it, or lift the policy that forbids them. ${browsers}`,
    'no-webgpu': browsers,
    'no-adapter': 'Switch on hardware acceleration in the browser’s settings and restart it.',
    'software-adapter': 'Switch on hardware acceleration in the browser’s settings and restart it.',
    'no-webrtc': 'Switch off the extension or the policy that blocks it, or use another browser.',
    'webrtc-blocked':
      'An extension, a VPN or a policy may forbid it. Switch that off for this site, or use another browser.',
    'symmetric-nat':
      'Another network helps, often a cable or Wi-Fi instead of a mobile one; or a relay with TURN.',
    'udp-blocked-with-turn':
      'Tabs elsewhere are reached through the relay’s TURN server only. Another network, or no VPN, is faster.',
    'udp-blocked':
      'Tabs elsewhere will not reach this one. Try another network, or switch off the VPN.',
    'few-stun-servers':
      'Check again in a moment, or ask the operator of the relay to name another one.',
    'no-relay': 'Check the connection to the internet, then check again.',
    'local-prompt': 'Allow it when it asks: devices at your place then reach each other directly.',
    'local-denied':
      'Allow “Local network access” in the site settings beside the address, then reload.',
    'little-room': 'Free some disk space, or choose a small model.',
    'nothing-kept': 'Leave the private window, or allow this site to store data.',
    'little-memory': 'Close other tabs, keep the memory limit low, and choose a small model.',
    'on-battery': 'Plug it in, or allow it under “When to contribute”.',
    hidden: 'Give it a window of its own, and exempt this site from memory saving.',
  },
} as const;
