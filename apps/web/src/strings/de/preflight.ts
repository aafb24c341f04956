import type { preflight as english } from '../en/preflight.ts';
import type { Translated } from '../translated.ts';

const browsers =
  'Nimm ein aktuelles Chrome, Edge oder Safari 26, oder Firefox 141 unter Windows. Unter Linux braucht Chrome vielleicht chrome://flags/#enable-unsafe-webgpu.';
const acceleration =
  'Schalte die Hardwarebeschleunigung in den Einstellungen des Browsers ein und starte ihn neu.';

export const preflight: Translated<typeof english> = {
  looking: 'Dieser Browser wird angesehen …',
  notYet: 'Dieser Browser wurde noch nicht angesehen.',
  good: 'Dieser Browser kann mitmachen.',
  warnings_one: 'Dieser Browser kann mitmachen; {{count}} Sache könnte besser sein.',
  warnings_other: 'Dieser Browser kann mitmachen; {{count}} Dinge könnten besser sein.',
  problems_one: 'Dieser Browser kann noch nicht mitmachen: {{count}} Problem.',
  problems_other: 'Dieser Browser kann noch nicht mitmachen: {{count}} Probleme.',
  hide: 'Ausblenden',
  details: 'Einzelheiten',
  checking: 'Wird geprüft …',
  checkAll: 'Alles prüfen',
  checkAllHint:
    'Fragt auch den Browser nach einer GPU und die STUN-Server des Relays danach, wie dein Router mit Verbindungen umgeht. Nichts wird geladen oder berechnet, und was gefunden wird, bleibt auf dieser Seite.',
  named: '<name>{{name}}:</name> {{text}}',
  unnamed: 'ohne Namen',
  names: {
    'secure-context': 'Adresse',
    compute: 'Prozessor',
    gpu: 'GPU',
    webrtc: 'Verbindungen',
    nat: 'Router',
    'local-network': 'Lokales Netz',
    storage: 'Speicherplatz',
    memory: 'Arbeitsspeicher',
    battery: 'Strom',
    visibility: 'Sichtbarkeit',
  },
  found: {
    late: 'Der Browser hat nicht rechtzeitig geantwortet.',
    secure: 'Die Seite wurde sicher geöffnet.',
    insecure:
      'Die Seite wurde über einfaches http geöffnet, wo Browser weder GPU noch Verschlüsselung erlauben.',
    simd: 'Der Prozessor kann rechnen (WebAssembly SIMD).',
    'gpu-only': 'Der Prozessor kann hier nicht rechnen, nur die GPU.',
    'no-compute': 'Dieser Browser hat weder WebGPU noch WebAssembly SIMD.',
    webgpu: 'WebGPU ist da. Welche GPU, wurde noch nicht gefragt.',
    gpu: 'Die GPU ist nutzbar ({{name}}).',
    'no-webgpu': 'Dieser Browser hat kein WebGPU: Der Prozessor rechnet, das ist langsamer.',
    'no-adapter': 'Der Browser bietet keine GPU an: Der Prozessor rechnet, das ist langsamer.',
    'software-adapter':
      'Der Browser zeichnet mit Software ({{name}}): Stattdessen rechnet der Prozessor direkt.',
    webrtc: 'Mit Tabs kann verbunden werden (WebRTC).',
    'no-webrtc': 'WebRTC fehlt oder ist gesperrt: Mit keinem Tab kann verbunden werden.',
    'webrtc-blocked':
      'WebRTC ist gesperrt: Eine Verbindung innerhalb dieser Seite kam nicht zustande.',
    'no-nat': 'Tabs anderswo erreichen diesen direkt.',
    'stable-nat': 'Der Router lässt Tabs anderswo diesen erreichen.',
    'symmetric-nat-with-turn':
      'Der Router nimmt für jedes Gegenüber einen neuen Port (symmetrisches NAT); der TURN-Server des Relays überbrückt das.',
    'symmetric-nat':
      'Der Router nimmt für jedes Gegenüber einen neuen Port (symmetrisches NAT): Manche Tabs werden diesen nicht erreichen.',
    'udp-blocked-with-turn': 'Kein STUN-Server hat geantwortet: Das Netz sperrt wohl UDP.',
    'udp-blocked': 'Kein STUN-Server hat geantwortet: Das Netz sperrt wohl UDP.',
    'few-stun-servers':
      'Zu wenige STUN-Server haben geantwortet, um etwas über den Router zu sagen: Es braucht zwei.',
    'no-stun-server':
      'Das Relay nennt keinen STUN-Server; wie der Router mit Tabs umgeht, ist deshalb nicht bekannt.',
    'no-relay':
      'Das Relay wurde nicht erreicht, das die STUN-Server für die Frage nach dem Router nennt.',
    'nat-not-asked':
      'Wie der Router mit Tabs umgeht, wird bei den STUN-Servern des Relays erfragt, wenn du es willst.',
    'no-local-permission': 'Dieser Browser kennt keine Erlaubnis für das lokale Netz.',
    'local-granted': 'Das lokale Netz darf benutzt werden.',
    'local-prompt': 'Der Browser fragt vielleicht, ob diese Seite das lokale Netz benutzen darf.',
    'local-denied':
      'Diese Seite darf das lokale Netz nicht benutzen: Geräte bei dir sind schwer zu erreichen.',
    kept: 'Geladene Blöcke können für das nächste Mal aufgehoben werden.',
    'kept-with-room':
      'Geladene Blöcke können aufgehoben werden: {{free}} sind für diese Seite frei.',
    'little-room': 'Nur {{free}} sind für diese Seite frei.',
    'nothing-kept':
      'Dieser Browser hebt für die Seite keine Dateien auf: Blöcke werden jedes Mal neu geladen.',
    memory: 'Es gibt {{memory}} GB Arbeitsspeicher oder mehr.',
    'little-memory':
      'Dieses Gerät hat etwa {{memory}} GB Arbeitsspeicher, genug für einige Blöcke.',
    'memory-untold': 'Dieser Browser verrät nicht, wie viel Arbeitsspeicher es gibt.',
    'plugged-in': 'Das Gerät ist am Strom.',
    'on-battery': 'Das Gerät läuft im Akkubetrieb.',
    'battery-untold': 'Dieser Browser verrät nicht, ob das Gerät mit Akku läuft.',
    'in-front': 'Der Tab ist vorn.',
    hidden: 'Der Tab ist verdeckt: Der Browser kann ihn bremsen oder einfrieren.',
  },
  remedies: {
    insecure: 'Öffne die https-Adresse dieser Seite, oder localhost.',
    'gpu-only': `Fällt die GPU aus, springt nichts ein. ${browsers}`,
    'no-compute': `Aktualisiere ihn, oder hebe die Richtlinie auf, die beides verbietet. ${browsers}`,
    'no-webgpu': browsers,
    'no-adapter': acceleration,
    'software-adapter': acceleration,
    'no-webrtc':
      'Schalte die Erweiterung oder Richtlinie ab, die es sperrt, oder nimm einen anderen Browser.',
    'webrtc-blocked':
      'Eine Erweiterung, ein VPN oder eine Richtlinie verbietet es vielleicht. Schalte das für diese Seite ab, oder nimm einen anderen Browser.',
    'symmetric-nat':
      'Ein anderes Netz hilft, oft Kabel oder WLAN statt Mobilfunk; oder ein Relay mit TURN.',
    'udp-blocked-with-turn':
      'Tabs anderswo sind nur über den TURN-Server des Relays erreichbar. Ein anderes Netz, oder kein VPN, ist schneller.',
    'udp-blocked':
      'Tabs anderswo werden diesen nicht erreichen. Versuch ein anderes Netz, oder schalte das VPN ab.',
    'few-stun-servers':
      'Prüfe gleich noch einmal, oder bitte die Betreibenden des Relays, einen weiteren zu nennen.',
    'no-relay': 'Prüfe die Verbindung ins Internet, und dann noch einmal hier.',
    'local-prompt': 'Erlaube es, wenn er fragt: Geräte bei dir erreichen einander dann direkt.',
    'local-denied':
      'Erlaube „Zugriff auf lokales Netzwerk“ in den Website-Einstellungen neben der Adresse und lade neu.',
    'little-room': 'Mach etwas Speicherplatz frei, oder wähle ein kleines Modell.',
    'nothing-kept': 'Verlass das private Fenster, oder erlaube dieser Seite, Daten zu speichern.',
    'little-memory':
      'Schließe andere Tabs, lass die Speichergrenze niedrig und wähle ein kleines Modell.',
    'on-battery': 'Steck es an, oder erlaube es unter „Wann mitmachen“.',
    hidden: 'Gib ihm ein eigenes Fenster, und nimm diese Seite vom Arbeitsspeicher-Sparen aus.',
  },
};
