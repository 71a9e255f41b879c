import { create } from './dom.js';
import { createPartView, createSources } from './parts.js';

export function createQuestion(message) {
    const text = message.parts.map(part => part.text).join('');
    return create('article', { 'data-role': 'user', 'aria-label': 'You' }, text);
}

// Shows an answer as it grows. Changes are collected, and shown when render() is called.
export class AnswerView {
    #message;
    #views = new Map();
    #dirty = new Set();
    #parts = create('div', { class: 'parts' });
    #foot = create('div', { class: 'foot' });
    #waiting = create('div', { class: 'waiting', 'aria-hidden': 'true' }, create('span'), create('span'), create('span'));

    constructor(message) {
        this.#message = message;
        // The headings of the answer are below it, and a screen reader can jump from answer to answer.
        const heading = create('h2', { class: 'unseen' }, 'Answer');
        this.element = create('article', { 'data-role': 'assistant', 'aria-label': 'Answer' }, heading, this.#parts, this.#foot);
        if (message.ending === null) {
            this.element.setAttribute('aria-busy', 'true');
            this.element.append(this.#waiting);
        }
        for (const part of message.parts) this.#addView(part);
    }

    update(change) {
        if (change === null) return;
        this.#waiting.remove();
        if (change.reset) this.#removeViews();
        else if (!this.#views.has(change.part)) this.#addView(change.part);
        else {
            const view = this.#views.get(change.part);
            view?.update(change);
            this.#dirty.add(view);
        }
    }

    render() {
        for (const view of this.#dirty) view?.render();
        this.#dirty.clear();
    }

    // Shows at the end of the text that the answer goes on.
    wait() {
        this.element.append(this.#waiting);
    }

    // Opens the details that are open in another view of the same answer.
    openLike(other) {
        const details = view => view.element.querySelectorAll('details');
        for (const [index, { open }] of [...details(other)].entries()) {
            const same = details(this)[index];
            if (same) same.open = open;
        }
    }

    // Shows how the answer ended. actions: { label: callback }.
    end(actions) {
        for (const view of this.#views.values()) view?.end();
        this.#dirty.clear();
        this.#waiting.remove();
        this.element.removeAttribute('aria-busy');
        this.#showSources();
        this.#showFoot(actions);
    }

    removeActions() {
        this.#foot.querySelector('.actions')?.remove();
        this.#foot.querySelector('.error')?.remove();
    }

    #addView(part) {
        const view = createPartView(part);
        this.#views.set(part, view);
        if (!view) return;
        this.#parts.append(view.element);
        this.#dirty.add(view);
        this.#waiting.remove();
    }

    // After a restart, parts that are no longer in the message are not shown either.
    #removeViews() {
        for (const [part, view] of this.#views) {
            if (this.#message.parts.includes(part)) continue;
            view?.element.remove();
            this.#views.delete(part);
            this.#dirty.delete(view);
        }
    }

    #showSources() {
        this.#parts.querySelector('.sources')?.remove();
        const sources = this.#message.parts.filter(part => part.type.startsWith('source-'));
        if (sources.length > 0) this.#parts.append(createSources(sources));
    }

    #showFoot(actions) {
        const { ending, usage, seamCount = 0, parts } = this.#message;
        this.#foot.replaceChildren();
        if (parts.length > 0 || ending.error === undefined) {
            const line = create('p', { class: 'ending', 'data-kind': ending.kind }, ending.text);
            if (seamCount > 0) line.append(' · ', create('span', { class: 'resumed' }, describeSeams(seamCount)));
            const tokens = describeUsage(usage);
            if (tokens !== '') line.append(` · ${tokens}`);
            this.#foot.append(line);
        }

        const buttons = Object.entries(actions).map(([label, onclick]) => create('button', { type: 'button', onclick }, label));
        const row = create('div', { class: 'actions' }, ...buttons);
        if (ending.error !== undefined) this.#foot.append(create('div', { class: 'error', role: 'alert' }, create('p', {}, ending.error)));
        (this.#foot.querySelector('.error') ?? this.#foot).append(row);
    }
}

function describeSeams(count) {
    return count === 1 ? 'interrupted once and resumed at ⟲' : `interrupted ${count} times and resumed at ⟲`;
}

function describeUsage(usage) {
    if (!usage) return '';
    const { inputTokens, outputTokens, totalTokens } = usage;
    const format = number => number.toLocaleString('en');
    if (Number.isFinite(inputTokens) && Number.isFinite(outputTokens)) {
        const total = totalTokens ?? inputTokens + outputTokens;
        return `${format(inputTokens)} input + ${format(outputTokens)} output = ${format(total)} tokens`;
    }
    const single = totalTokens ?? outputTokens ?? inputTokens;
    return Number.isFinite(single) ? `${format(single)} tokens` : '';
}
