import type { reasons as english } from '../en/reasons.ts';
import type { Translated } from '../translated.ts';

export const reasons: Translated<typeof english> = {
  chain: {
    alone: 'Ein Tab rechnet das ganze Modell.',
    aloneChosen: 'Ein Tab rechnet das ganze Modell; mehr Stufen wären nicht schneller.',
    spread: 'Wie gewünscht auf {{volunteers}} Tabs verteilt.',
    noneAlone:
      'Kein Tab kann das ganze Modell rechnen: Diese {{volunteers}} sind die schnellsten, die es abdecken.',
    together: 'Diese {{volunteers}} Tabs sind zusammen schneller als einer allein (etwa {{rate}}).',
    seemedTogether:
      'Diese {{volunteers}} Tabs schienen zusammen schneller als einer allein (etwa {{rate}}).',
    repaired_one: 'Ein anderer Tab übernimmt die verlorenen Blöcke; die übrigen machen weiter.',
    repaired_other:
      '{{volunteers}} andere Tabs übernehmen die verlorenen Blöcke; die übrigen machen weiter.',
    expected: '{{why}} Erwartet werden etwa {{rate}}.',
    sharesIdentity:
      'Mehrere Stufen sind Tabs desselben Browsers, die zusammen gehen: Sonst deckt niemand das Modell ab.',
  },
  missing: {
    'no-volunteers': 'Niemand, der dieses Modell rechnet, hat gerade Platz.',
    'not-enough-stages': 'Es sind zu wenige Tabs da, um das Modell wie gewünscht zu verteilen.',
    'only-blocked': 'Was fehlt, halten nur Tabs, die du gesperrt hast.',
  },
  backend: {
    chosenGpu: 'Du hast die GPU gewählt.',
    chosenProcessor: 'Du hast den Prozessor gewählt.',
    'no-gpu': 'Es ist keine GPU zu gebrauchen.',
    'no-gpu-because': 'Es ist keine GPU zu gebrauchen: {{problem}}.',
    'no-simd': 'Der Prozessor kann in diesem Browser nicht rechnen.',
    'software-gpu': 'Dieser Browser zeichnet mit Software: Direkt ist der Prozessor schneller.',
    measured: 'Eben gemessen: {{gpu}} mit der GPU, {{processor}} mit dem Prozessor.',
    'gpu-failed': 'Die GPU hat versagt: {{problem}}.',
    'processor-failed': 'Der Prozessor hat versagt: {{problem}}.',
  },
  placement: {
    whole: '{{model}} passt ganz in diesen Tab, Antworten brauchen also keinen anderen. {{copies}}',
    thinnest: '{{model}} passt nicht ganz. Diese Blöcke fehlten am meisten: {{held}}',
    fastest: '{{model}} passt nicht ganz. Diese Blöcke helfen am meisten: {{held}}',
    'as-asked':
      'Du wolltest {{model}}; es macht aus Texten Vektoren und läuft ganz in einem einzigen Tab.',
    'by-hand': 'Diese Blöcke wurden von Hand gewählt.',
    copiesNone: 'Sonst hatte es da niemand ganz.',
    copies_one: 'Da gab es {{written}} vollständige Kopie.',
    copies_other: 'Da gab es {{written}} vollständige Kopien.',
    heldNone: 'Einige hielt da niemand.',
    held_one: 'Einige wurden da nur einmal gehalten.',
    held_other: 'Jeder wurde da mindestens {{written}}-mal gehalten.',
    gain: '{{why}} Erwartet wurden etwa {{rate}} mehr.',
    thisModel: 'Das Modell',
  },
  recovery: {
    'out-of-memory': 'Der Speicher reichte nicht.',
    'device-lost': 'Die GPU wurde weggenommen.',
    'engine-stopped': 'Die Engine hörte unerwartet auf.',
    'wrong-results': 'Die GPU rechnete falsch: Jetzt rechnet der Prozessor.',
    'gpu-gone': 'Die GPU wurde weggenommen: Jetzt rechnet der Prozessor.',
    shrunk_one: '{{why}} Dieser Tab hält jetzt {{written}} Block statt {{before}}.',
    shrunk_other: '{{why}} Dieser Tab hält jetzt {{written}} Blöcke statt {{before}}.',
  },
};
