import type { circles as english } from '../en/circles.ts';
import type { Translated } from '../translated.ts';

export const circles: Translated<typeof english> = {
  tiers: {
    label: 'Wer rechnet',
    busy: 'Beende, was läuft, um das zu ändern.',
    local: { name: 'Lokal', hint: 'nur dieser Tab' },
    circle: { name: 'Kreis', hint: 'Leute, die du eingeladen hast' },
    public: { name: 'Öffentlich', hint: 'wer gerade mitmacht' },
  },
  choose: 'Kreis wählen',
  looking: 'Sehe nach …',
  close: 'Schließen',
  done: 'Fertig',
  back: 'Zurück',
  refused: 'Nicht beigetreten',
  end: {
    expired: 'abgelaufen',
    minutes_one: 'endet in {{total}} Minute',
    minutes_other: 'endet in {{total}} Minuten',
    hours_one: 'endet in {{total}} Stunde',
    hours_other: 'endet in {{total}} Stunden',
    days_one: 'endet in {{total}} Tag',
    days_other: 'endet in {{total}} Tagen',
  },
  here: {
    looking: 'sehe nach, wer da ist …',
    nobody: 'noch kein anderer Tab gesehen',
    tabs_one: '{{total}} anderer Tab ist da',
    tabs_other: '{{total}} andere Tabs sind da',
  },
  list: {
    title: 'Deine Kreise',
    empty:
      'Du bist noch in keinem Kreis. Lege einen an und schicke seinen Link an die Leute, die dabei sein sollen, oder öffne einen Link, den du bekommen hast.',
    passing:
      'Dieser Browser speichert hier nichts: Kreise enden, wenn diese Seite geschlossen wird.',
    make: 'Kreis anlegen',
    inUse: 'in Gebrauch',
    expired: 'abgelaufen',
    whenExpired: 'Bitte ein Mitglied um eine neue Einladung oder mache einen neuen Link.',
    use: 'Wählen',
    invite: 'Einladen',
    newLink: 'Neuer Link',
    leave: 'Verlassen',
  },
  create: {
    title: 'Kreis anlegen',
    titleLink: 'Neuen Link machen',
    intro:
      'Ein Kreis ist ein Raum für Leute, die du kennst. Die Geräte seiner Mitglieder rechnen füreinander und für niemanden sonst. Wer den Link hat, gehört dazu; schicke ihn nur ihnen.',
    introLink:
      'Das macht ein neues Geheimnis. Hier endet der alte Link sofort, und was im Kreis gesagt wurde, wird gelöscht; wer bleiben soll, braucht den neuen. Wem du ihn nicht gibst, bleibt im alten Kreis unter sich.',
    name: 'Name',
    nameHint: 'Steht im Link. Das Relay sieht ihn nie.',
    lasts: 'Gilt',
    lastsHint: 'Danach funktionieren seine Schlüssel nirgends mehr.',
    lifetimes: { day: 'Einen Tag', week: 'Eine Woche', month: 'Einen Monat', year: 'Ein Jahr' },
    make: 'Kreis anlegen',
    makeLink: 'Neuen Link machen',
  },
  invite: {
    ready: '{{name}} ist bereit',
    title: 'In {{name}} einladen',
    text: 'Schicke diesen Link an die Leute, die im Kreis sein sollen, auf einem Weg, dem du traust. Bis {{end}} kann, wer ihn hat, als Mitglied fragen und rechnen und sieht die Adresse derer, mit denen die Verbindung besteht.',
    link: 'Einladungslink',
    copy: 'Kopieren',
    key: 'Der Teil hinter dem # ist der Schlüssel. Browser schicken ihn an keinen Server, und diese Website entfernt ihn beim Öffnen aus der Adresszeile.',
  },
  join: {
    title: '„{{name}}“ beitreten?',
    intro: 'Du hast den Link zu einem Kreis bekommen, einem privaten Raum dieser Website.',
    computed:
      'Was du fragst, berechnen nur Geräte von Mitgliedern. Sie könnten deinen Text rekonstruieren und sehen deine IP-Adresse; von außen kann ihn niemand lesen.',
    members: 'Alle mit dem Link gehören dazu, auch Leute, die du nicht kennst.',
    switches:
      'Chat und Mitmachen wechseln zu diesem Kreis. Für andere wird nichts geladen oder berechnet, bis du auf Mitmachen drückst.',
    switchesActive:
      'Chat und Mitmachen wechseln zu diesem Kreis. Für andere wird nichts geladen oder berechnet, bis du auf Mitmachen drückst; was jetzt für andere läuft, endet.',
    keys: 'Dieser Browser behält Schlüssel, die deine Mitgliedschaft belegen, bis du den Kreis verlässt. Sie gelten bis {{end}}.',
    join: 'Beitreten',
    no: 'Nicht jetzt',
  },
  leave: {
    title: '„{{name}}“ verlassen?',
    text: 'Dieser Browser vergisst seine Schlüssel, rechnet nicht mehr für den Kreis und löscht, was darin gesagt wurde.',
    joined: 'Um zurückzukommen, brauchst du wieder den Link.',
    made: 'Du hast ihn angelegt: Ohne eine Kopie des Links kann niemand mehr eingeladen werden.',
    leave: 'Verlassen',
  },
};
