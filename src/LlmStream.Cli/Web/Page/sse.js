// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) from text that
// arrives in pieces of any size. Only the data of the events is used.
export class SseParser {
    #onData;
    #pieces = [];
    #data = [];
    #afterCarriageReturn = false;

    constructor(onData) {
        this.#onData = onData;
    }

    // An event without the blank line that ends it is never dispatched, as the specification says.
    push(text) {
        if (text === '') return;
        let start = 0;
        if (this.#afterCarriageReturn && text[0] === '\n') start = 1;
        this.#afterCarriageReturn = false;
        for (let i = start; i < text.length; i++) {
            const isReturn = text[i] === '\r';
            if (!isReturn && text[i] !== '\n') continue;
            this.#endLine(text.slice(start, i));
            if (isReturn && i + 1 === text.length) this.#afterCarriageReturn = true;
            else if (isReturn && text[i + 1] === '\n') i++;
            start = i + 1;
        }
        if (start < text.length) this.#pieces.push(text.slice(start));
    }

    #endLine(last) {
        const line = this.#pieces.length === 0 ? last : this.#pieces.join('') + last;
        this.#pieces = [];
        if (line === '') {
            if (this.#data.length > 0) this.#onData(this.#data.join('\n'));
            this.#data = [];
            return;
        }

        const colon = line.indexOf(':');
        const field = colon < 0 ? line : line.slice(0, colon);
        if (field !== 'data') return;
        const value = colon < 0 ? '' : line.slice(colon + 1);
        this.#data.push(value.startsWith(' ') ? value.slice(1) : value);
    }
}
