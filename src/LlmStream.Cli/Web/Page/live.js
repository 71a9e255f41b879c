import { AnswerReader } from './answer.js';
import { AnswerView } from './messages.js';

// An answer that is being received: its message, and its view. Each connection sends it from its beginning. Until that has caught up with
// what is shown, nothing changes on the page; then the one is exchanged for the other, so that nothing is shown twice or disappears.
export class LiveAnswer {
    #incoming;
    #reader = null;
    #spokenLength;

    constructor(message) {
        this.message = message;
        this.view = new AnswerView(message);
        this.#incoming = message;
        this.#spokenLength = textOf(message).length;
    }

    get hasEnded() {
        return this.message.ending !== null;
    }

    // A connection begins.
    start() {
        const { id, role, streamId, parts } = this.message;
        this.#incoming = parts.length === 0 ? this.message : { id, role, streamId, parts: [], ending: null };
        this.#reader = new AnswerReader(this.#incoming);
    }

    // Returns what changed on the page, or null: { spoken, isReasoning }. spoken is new text of the answer.
    add(chunk) {
        const change = this.#reader.apply(chunk);
        if (this.#incoming !== this.message) return this.#catchUp();
        if (change === null) return null;
        this.view.update(change);
        const isText = change.part?.type === 'text';
        const spoken = isText ? change.delta ?? '' : '';
        this.#spokenLength = change.reset ? textOf(this.message).length : this.#spokenLength + spoken.length;
        return { spoken, isReasoning: change.part?.type === 'reasoning' };
    }

    #catchUp() {
        const next = this.#incoming;
        const isShorter = lengthOf(next) < lengthOf(this.message);
        if (next.ending?.error !== undefined && isShorter) {
            // The rest cannot be had; what is shown stays.
            Object.assign(this.message, { ending: next.ending, usage: next.usage });
            return null;
        }

        if (isShorter && next.ending === null) return null;
        const view = new AnswerView(next);
        view.render();
        view.openLike(this.view);
        this.view.element.replaceWith(view.element);
        this.view = view;
        this.message = next;
        const text = textOf(next);
        const spoken = text.slice(this.#spokenLength);
        this.#spokenLength = text.length;
        return { spoken, isReasoning: next.parts.at(-1)?.type === 'reasoning' };
    }
}

function textOf({ parts }) {
    return parts.filter(part => part.type === 'text').map(part => part.text).join('');
}

function lengthOf({ parts }) {
    return parts.reduce((length, part) => length + 1 + (part.text ?? part.inputText ?? '').length, 0);
}
