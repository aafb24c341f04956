import type { home as english } from '../en/home.ts';
import type { Translated } from '../translated.ts';

export const home: Translated<typeof english> = {
  titleFirst: 'Ein Sprachmodell,',
  titleSecond: 'aus vielen Händen.',
  lead: 'Manyhands verteilt ein Sprachmodell auf Browser-Tabs vieler Leute. Jeder Tab hält ein paar seiner Blöcke auf der GPU; eine Frage wandert von Tab zu Tab und kommt als Antwort zurück. Kein Rechenzentrum, nichts zu installieren.',
  why: 'Die Computer dafür sind schon da und stehen still, während jemand liest: Zusammen brauchen sie keine Firma dazwischen.',
  ask: 'Frag etwas',
  contribute: 'Mit diesem Tab mitmachen',
  now: {
    label: 'Das Netz in diesem Moment',
    tabs_one: 'Tab macht mit',
    tabs_other: 'Tabs machen mit',
    models_one: 'Modell kann antworten',
    models_other: 'Modelle können antworten',
    sessions_one: 'offene Sitzung',
    sessions_other: 'offene Sitzungen',
    nobody: 'Gerade macht niemand mit. Du könntest den Anfang machen.',
    incomplete: 'Noch ist kein Modell vollständig: Ein Tab mehr könnte reichen.',
    unreachable: 'Das Relay antwortet nicht, darum lässt sich über das Netz nichts sagen.',
    alone: 'Dieser Tab ist für sich und schaut nach niemandem.',
    asking: 'Fragt das Relay, wer da ist.',
  },
  drawing: {
    question: 'Warum ist der Himmel blau?',
    answer: 'Weil Luft blaues Licht stärker streut als rotes',
    laptop: 'ein Laptop',
    desktop: 'ein PC',
    phone: 'ein Handy',
  },
  steps: {
    label: 'Wie es geht',
    volunteer: {
      title: 'Tabs machen mit',
      text: 'Jemand drückt auf Mitmachen. Der Tab lädt ein paar aufeinanderfolgende Blöcke eines Modells, prüft jedes Stück gegen seinen Hash und sagt dem Relay, was er hält.',
    },
    chain: {
      title: 'Eine Frage findet eine Kette',
      text: 'Dein Tab sucht Freiwillige, die zusammen das Modell abdecken, so wenige wie möglich, und verbindet sich über WebRTC direkt mit ihnen. Das Relay stellt die Tabs einander nur vor.',
    },
    answer: {
      title: 'Die Antwort kommt Wort für Wort',
      text: 'Jedes Wort geht einmal durch jeden Block. Schließt mittendrin jemand einen Tab, wird die Kette aus dem wiederhergestellt, was dein Tab weiß, und die Antwort geht weiter.',
    },
  },
  plain: {
    title: 'In klaren Worten',
    reading: {
      term: 'Wer kann meinen Text lesen?',
      text: 'Das Relay nicht. Die Leute, deren Tabs die Blöcke rechnen, könnten ihn wiederherstellen, und sie sehen deine IP-Adresse. Schreib hier nichts, was du nicht öffentlich sagen würdest.',
    },
    model: {
      term: 'Ist es das Modell, das es zu sein behauptet?',
      text: 'Gewichte werden gegen einen Hash geprüft, bevor sie eine GPU erreichen. Was Freiwillige rechnen, prüft noch niemand: Wer unehrlich ist, könnte eine Antwort verderben.',
    },
    cost: {
      term: 'Was kostet mich das Mitmachen?',
      text: 'Strom, einen Anteil deiner GPU und Speicher, beides bis zu einer Grenze, die du wählst, und einen Download, den dein Browser behält. Stopp ist immer einen Klick entfernt.',
    },
    charge: {
      term: 'Wer hat das Sagen?',
      text: 'Niemand muss es haben. Das Protokoll ist offen, das Relay ist klein und alle können eines betreiben, und die Arbeit tut, wer gerade da ist.',
    },
  },
};
