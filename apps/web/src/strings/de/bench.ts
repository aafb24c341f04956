import type { bench as english } from '../en/bench.ts';
import type { Translated } from '../translated.ts';

export const bench: Translated<typeof english> = {
  title: 'Wie schnell ist dieses Gerät?',
  lead: 'Lässt die Engine mit erfundenen Gewichten in den Formen veröffentlichter Modelle rechnen, auf der GPU und auf dem Prozessor. Geladen wird nur die Engine selbst, und nichts wird irgendwohin geschickt.',
  contributing: {
    title: 'Dieser Tab macht gerade mit',
    text: 'Die Arbeit für andere teilte sich das Gerät und verdürbe die Zahlen. Beende sie erst.',
  },
  run: 'Messung',
  what: 'Was gemessen wird',
  extents: {
    quick: { title: 'Kurz', detail: 'ein kleines Modell, zwei Typen; unter einer Minute' },
    full: { title: 'Alles', detail: 'drei Modelle, vier Typen; Minuten, bis zu 1 GB' },
  },
  stop: 'Stopp',
  measure: 'Dieses Gerät messen',
  again: 'Noch einmal messen',
  phases: {
    idle: 'Nichts wird gerechnet, bevor du den Knopf drückst.',
    done: 'Fertig.',
    stopped: 'Angehalten. Was gemessen wurde, steht unten.',
    stoppedEmpty: 'Angehalten, bevor etwas gemessen war.',
    failed: 'Das ging nicht.',
  },
  before: 'Zuletzt gemessen: {{time}}. Was du jetzt misst, wird damit verglichen.',
  looking: 'Sieht sich dieses Gerät an.',
  progressBar: 'Fortschritt',
  progress: {
    webgpu: '{{place}} von {{all}}: {{shape}}, {{type}}, auf der GPU',
    wasm: '{{place}} von {{all}}: {{shape}}, {{type}}, auf dem Prozessor',
  },
  backends: {
    webgpu: 'GPU',
    software: 'GPU (Software)',
  },
  times: '{{value}}×',
  change: {
    same: 'so schnell wie am {{time}}',
    faster: '{{share}} schneller als am {{time}}',
    slower: '{{share}} langsamer als am {{time}}',
  },
  table: {
    caption: 'Auf diesem Gerät gemessen',
    model: 'Modell',
    decode: 'Ein Token durch einen Block',
    wholeModel: 'Ganzes Modell, eine Antwort',
    prefill: 'Eine Frage lesen',
    batch: 'Vier Antworten zugleich',
    memory: 'Speicher',
  },
  result: 'Ergebnis',
  copy: 'Ergebnis kopieren',
  note: 'Die Zahlen sind Mediane für Blöcke allein: Einbettung und Kopf zählen nicht mit. Sie hängen davon ab, was dieses Gerät sonst tut, von seiner Wärme und seinem Akku. Die letzten bleiben zum Vergleichen in diesem Browser.',
};
