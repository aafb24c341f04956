import type { remedies as english } from '../en/remedies.ts';
import type { Translated } from '../translated.ts';

export const remedies: Translated<typeof english> = {
  detail: 'Näheres',
  titles: {
    'page-unavailable': 'Diese Seite ließ sich nicht laden',
    'relay-outdated': 'Dieses Relay ist älter als diese Seite',
    'only-blocked': 'Nur von dir gesperrte Freiwillige könnten antworten',
    'insecure-context': 'Diese Seite kam über einfaches http',
    'no-webgpu': 'Dieser Browser hat kein WebGPU',
    'no-adapter': 'Der Browser fand keine brauchbare GPU',
    'no-simd': 'Dieser Browser kann nicht mit dem Prozessor rechnen',
    'onnx-runtime': 'Das Programm für diese Art von Modell startete nicht',
    'text-too-long': 'Ein Text ist länger, als das Modell liest',
    'no-texts': 'Es gibt nichts in Vektoren zu verwandeln',
    'too-many-texts': 'Das sind zu viele Texte auf einmal',
    'embedding-lost':
      'Die Freiwilligen, die Texte in Vektoren verwandeln, sind ausgefallen oder gegangen',
    'embedding-timeout': 'Niemand antwortete rechtzeitig',
    'timed-out': 'Dieser Tab rechnete zu lange',
    'bad-invite': 'Diese Einladung ist nicht zu gebrauchen',
    'circle-expired': 'Dieser Kreis ist abgelaufen',
    'webrtc-unavailable': 'Dieser Browser hat kein WebRTC',
    'over-ration': 'Das Relay überträgt nichts mehr für diesen Tab',
    'crypto-unavailable': 'Diesem Browser fehlt die nötige Verschlüsselung',
    'self-test-failed': 'Dieses Gerät rechnet falsch',
    'device-lost': 'Die GPU wurde zurückgesetzt',
    'out-of-memory': 'Der GPU ging der Speicher aus',
    'over-budget': 'Die Speichergrenze ist zu klein',
    'storage-full': 'Der Browser hat keinen Platz für das Modell',
    validation: 'Der GPU-Treiber nahm die Arbeit nicht an',
    'relay-unreachable': 'Das Relay ist nicht erreichbar',
    'relay-refused': 'Das Relay ließ diesen Tab nicht herein',
    'embed-refused': 'Diese Website darf Manyhands nicht zeigen',
    'embed-full': 'Von dieser Website machen genug Leute mit',
    'embed-busy': 'Von dieser Website kamen gerade genug Fragen',
    version: 'Diese Seite ist zu alt',
    'peer-unreachable': 'Ein Tab ist nicht erreichbar',
    'peer-declined': 'Ein Tab lehnte ab',
    'handshake-failed': 'Ein Tab konnte nicht beweisen, wer er ist',
    'fingerprint-mismatch': 'Jemand wollte sich dazwischensetzen',
    'link-closed': 'Die Verbindung zu einem Tab ging verloren',
    'over-limit': 'Zu viel auf einmal',
    'no-volunteers': 'Gerade lässt niemand dieses Modell laufen',
    'not-covered': 'Einen Teil dieses Modells hält niemand',
    'not-enough-stages': 'Es sind zu wenige Freiwillige da, um das Modell so weit zu verteilen',
    'chain-lost': 'Freiwillige gingen, und niemand konnte übernehmen',
    'step-timeout': 'Ein Tab brauchte zu lange',
    'replay-failed': 'Ein verlorener Tab war nicht zu ersetzen',
    'session-refused': 'Die Freiwilligen lehnten ab',
    busy: 'Die Freiwilligen sind beschäftigt',
    'prompt-empty': 'Es gibt nichts zu beantworten',
    'prompt-too-long': 'Das Gespräch ist zu lang für dieses Modell',
    'bad-sampling': 'Eine Einstellung liegt außerhalb ihres Bereichs',
    'bad-frame': 'Ein Tab schickte etwas Unlesbares',
    'non-finite': 'Ein Tab rechnete etwas Unmögliches aus',
    'nothing-to-hold': 'In diesen Tab passt gerade nichts',
    'model-not-ready': 'Das Relay hat dieses Modell noch nicht geprüft',
    network: 'Der Download schlug fehl',
    'not-found': 'Die Modelldatei ist weg',
    'hash-mismatch': 'Das heruntergeladene Modell ist nicht das echte',
    'range-unsupported': 'Die Modelldatei lässt sich nicht in Teilen lesen',
    'bad-manifest': 'Die Beschreibung dieses Modells ist beschädigt',
    'catalog-unavailable': 'Die Liste der Modelle war nicht zu lesen',
    'bad-catalog': 'Die Liste der Modelle ist beschädigt',
    'not-gguf': 'Das ist kein GGUF-Modell',
    'unsupported-version': 'Diese Modelldatei ist zu alt oder zu neu',
    truncated: 'Die Modelldatei ist abgeschnitten',
    malformed: 'Etwas Unlesbares kam an',
    'unsupported-architecture': 'Diese Art von Modell kann noch nicht laufen',
    'unsupported-tensor-type': 'Dieses Modell ist so gepackt, dass es nicht laufen kann',
    'unsupported-feature': 'Dieses Modell braucht etwas, das es noch nicht gibt',
    'unsupported-model': 'Dieses Modell kann auf dieser GPU nicht laufen',
    'unsupported-tokenizer': 'Dieses Modell zerlegt Text auf unbekannte Weise',
    'missing-tensor': 'Der Modelldatei fehlt ein Teil',
    'bad-chat-template': 'Dieses Modell taugt nicht für ein Gespräch',
    aborted: 'Angehalten',
    'bad-step': 'Von der Rechenmaschine wurde Unmögliches verlangt',
    'unknown-session': 'Ein Tab hat dieses Gespräch vergessen',
    disposed: 'Die Rechenmaschine war schon angehalten',
    internal: 'In Manyhands ging etwas schief',
  },
  advice: {
    'page-unavailable':
      'Die Website antwortet nicht, oder eine neuere Fassung hat diese Seite ersetzt. Prüfe die Verbindung und versuche es noch einmal, oder lade neu.',
    'relay-outdated':
      'Nur wer es betreibt, kann es aktualisieren. Bis dahin geht es mit anderen Relays, oder auf diesem Gerät allein.',
    'only-blocked':
      'Entsperre jemanden im Chat unter „Erweitert“, wähle ein anderes Modell, oder warte auf andere.',
    'insecure-context':
      'Browser erlauben GPU und Verschlüsselung nur über https und auf localhost. Öffne die https-Adresse dieser Website.',
    'no-webgpu':
      'Die GPU ist nicht nutzbar. Lass den Prozessor rechnen oder aktualisiere den Browser.',
    'no-adapter':
      'Lass den Prozessor rechnen, unter „Rechnen mit“. Oder schau in den Einstellungen des Browsers nach, ob die Hardwarebeschleunigung an ist, und versuch es noch einmal.',
    'no-simd': 'Ihm fehlt WebAssembly-SIMD, oder eine Richtlinie verbietet WebAssembly.',
    'onnx-runtime': 'Es kommt von dieser Website. Prüf die Verbindung und lade die Seite neu.',
    'text-too-long': 'Zerteile ihn und frag für jeden Teil.',
    'no-texts': 'Jeder Text braucht ein paar Wörter.',
    'too-many-texts': 'Frag in mehreren Teilen.',
    'embedding-lost':
      'Versuch es gleich noch einmal, oder trag dieses Modell in einem anderen Tab bei.',
    'embedding-timeout':
      'Alle sind beschäftigt oder langsam. Versuch es noch einmal, mit weniger oder kürzeren Texten.',
    'timed-out': 'Schließ andere Seiten oder wähl ein kleineres Modell und versuch es noch einmal.',
    'bad-invite': 'Bitte um den ganzen Link und öffne ihn, wie er ist.',
    'circle-expired': 'Bitte ein Mitglied um eine neue Einladung, oder gründe einen neuen Kreis.',
    'webrtc-unavailable':
      'Tabs sprechen über WebRTC miteinander. Schau nach, ob eine Erweiterung oder eine Richtlinie es abschaltet, oder nimm einen anderen Browser. Lokal geht im Chat auch ohne: Dann antwortet dir dieser Tab allein.',
    'over-ration':
      'Kein direkter Weg führt zum anderen Tab, und das Kontingent für versiegelte Verbindungen über das Relay ist aufgebraucht oder abgeschaltet. Warte eine Stunde, erlaube direkte Verbindungen oder nimm ein anderes Netz.',
    'crypto-unavailable':
      'Aktualisiere den Browser und öffne die Seite über https oder auf localhost.',
    'self-test-failed':
      'Ein Test mit erfundenen Gewichten schlug fehl, darum übernimmt es keine Arbeit. Aktualisiere Grafiktreiber und Browser, oder wähl unter „Rechnen mit“ den Prozessor.',
    'device-lost':
      'Treiber oder System nahmen die GPU weg. Schließ andere Tabs, die sie nutzen, verringere den GPU-Anteil und fang neu an.',
    'out-of-memory': 'Schieb den Speicherregler zurück oder schließ andere Tabs und fang neu an.',
    'over-budget':
      'Was gehalten werden soll, passt nicht in die Grenze. Schieb den Speicherregler vor oder wähl ein kleineres Modell.',
    'storage-full':
      'Schaff Platz auf der Festplatte oder lösch Daten anderer Websites und versuch es noch einmal.',
    validation: 'Aktualisiere Browser und Grafiktreiber und versuch es noch einmal.',
    'relay-unreachable':
      'Ohne es finden Tabs einander nicht. Prüf die Verbindung; dieser Tab versucht es weiter.',
    'relay-refused':
      'Schließ andere Manyhands-Tabs, wenn viele offen sind, warte eine Minute und versuch es noch einmal.',
    'embed-refused':
      'Wer das Relay betreibt, hat sie nicht eingetragen oder wieder gestrichen. Hier läuft nichts. Auf der Website des Relays selbst kannst du Manyhands weiter nutzen.',
    'embed-full':
      'Es dürfen nur so viele gleichzeitig sein. Komm später wieder, oder mach auf der Website des Relays selbst mit.',
    'embed-busy':
      'Es dürfen nur so viele Fragen in der Minute sein. Warte eine Minute und versuch es noch einmal.',
    version: 'Das Netz spricht eine neuere Version. Lade neu, um die aktuelle Seite zu bekommen.',
    'peer-unreachable':
      'Zwischen den beiden Netzen fand sich kein Weg. Versuch es noch einmal: Vielleicht wird ein anderer gewählt.',
    'peer-declined':
      'Er ist beschäftigt oder geht. Versuch es noch einmal: Vielleicht wird ein anderer gewählt.',
    'handshake-failed':
      'Er bekam keinen Text. Versuch es noch einmal: Vielleicht wird ein anderer gewählt.',
    'fingerprint-mismatch':
      'Die Verbindung wurde getrennt, bevor Text floss. Versuch es noch einmal; passiert es wieder, trau diesem Relay oder Netz nicht.',
    'link-closed': 'Versuch es noch einmal.',
    'over-limit': 'Warte einen Moment und versuch es noch einmal.',
    'no-volunteers':
      'Öffne einen weiteren Tab und drück auf Mitmachen, oder lass diesen Tab helfen.',
    'not-covered':
      'Es braucht mehr Freiwillige. Öffne einen weiteren Tab und drück auf Mitmachen, oder lass diesen Tab helfen.',
    'not-enough-stages':
      'Verringere „Stufen mindestens“ in den erweiterten Einstellungen, oder öffne mehr Tabs und drück auf Mitmachen.',
    'chain-lost':
      'Was schon geschrieben ist, bleibt. Versuch es wieder, wenn das Modell vollständig ist.',
    'step-timeout':
      'Was schon geschrieben ist, bleibt. Versuch es noch einmal: Vielleicht wird ein anderer gewählt.',
    'replay-failed':
      'Was schon geschrieben ist, bleibt. Versuch es noch einmal: Der Text wird neu berechnet.',
    'session-refused':
      'Niemand nahm dieses Gespräch an. Warte einen Moment und versuch es noch einmal.',
    busy: 'Minutenlang hatte niemand Platz für ein weiteres Gespräch. Versuch es später, oder trag einen Tab bei.',
    'prompt-empty': 'Schreib zuerst etwas.',
    'prompt-too-long':
      'Lass weg, was vorher gesagt wurde, fang ein neues Gespräch an oder wähl ein Modell mit längerem Kontext.',
    'bad-sampling': 'Berichtige sie in den erweiterten Einstellungen und versuch es noch einmal.',
    'bad-frame':
      'Es wurde nicht benutzt. Versuch es noch einmal: Vielleicht wird ein anderer gewählt.',
    'non-finite':
      'Es wurde nicht benutzt. Versuch es noch einmal: Vielleicht wird ein anderer gewählt.',
    'nothing-to-hold':
      'Schieb den Speicherregler vor, wähl ein kleineres Modell oder komm später wieder.',
    'model-not-ready':
      'Nur geprüfte Modelle laufen. Wähl ein anderes, oder komm wieder, wenn das Relay fertig ist.',
    network: 'Prüf die Verbindung und versuch es noch einmal: Es geht weiter, wo es aufhörte.',
    'hash-mismatch': 'Seine Bytes passen nicht zum geprüften Verzeichnis, darum lief nichts davon.',
    'catalog-unavailable':
      'Das Relay antwortete nicht. Prüf die Verbindung; dieser Tab versucht es weiter.',
    'bad-catalog': 'Lade die Seite neu.',
    malformed: 'Es wurde nicht benutzt. Versuch es noch einmal.',
    aborted: 'Fang wieder an, wann du magst.',
    'bad-step': 'Versuch es noch einmal.',
    'unknown-session': 'Versuch es noch einmal.',
    disposed: 'Fang neu an.',
    internal: 'Versuch es noch einmal; passiert es wieder, lade die Seite neu.',
  },
  hints: {
    updateBrowser:
      'Nimm ein aktuelles Chrome, Edge oder Safari 26, unter Windows auch Firefox 141; unter Linux braucht Chrome vielleicht chrome://flags/#enable-unsafe-webgpu.',
    modelFile: 'Wähl ein anderes Modell, oder sag es denen, die dieses Relay betreiben.',
  },
  actions: {
    retry: 'Noch einmal versuchen',
    reload: 'Seite neu laden',
    contribute: 'Mit diesem Tab mitmachen',
    'without-history': 'Ohne frühere Nachrichten antworten',
    'new-conversation': 'Neues Gespräch',
  },
};
