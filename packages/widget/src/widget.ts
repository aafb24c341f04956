import { defineWidget } from './element.ts';

/** The script tag's entry. A module script has no `currentScript`; its page then names the relay. */
const script = document.currentScript;
defineWidget(script instanceof HTMLScriptElement ? script.src : '');
