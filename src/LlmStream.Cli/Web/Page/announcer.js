// Reads an answer out as it grows: complete lines and sentences are added to a live region, each once. The text on the page itself is
// not in a live region, because a part of it that is rendered again would be read out again.
const MAX_LINES = 20;
const CLEAR_AFTER = 10_000;
const MAX_LENGTH = 300;

export class Announcer {
    #region;
    #text = '';
    #isInCode = false;
    #timer = 0;

    constructor(region) {
        this.#region = region;
    }

    start() {
        clearTimeout(this.#timer);
        this.#region.replaceChildren();
        this.#text = '';
        this.#isInCode = false;
    }

    add(delta) {
        this.#text += delta;
        let rest = this.#text;
        for (let match = findEnd(rest); match > 0; match = findEnd(rest)) {
            this.#announce(rest.slice(0, match));
            rest = rest.slice(match);
        }
        this.#text = rest;
    }

    end() {
        if (this.#text !== '') this.#announce(this.#text);
        this.#text = '';
        // Otherwise a reader would find the answer twice on the page.
        this.#timer = setTimeout(() => this.#region.replaceChildren(), CLEAR_AFTER);
    }

    #announce(source) {
        const line = source.trim();
        const isFence = /^(```|~~~)/.test(line);
        if (isFence) this.#isInCode = !this.#isInCode;
        if (this.#isInCode && !isFence) return;
        const text = isFence ? (this.#isInCode ? 'Code block.' : '') : removeMarkup(line);
        if (!/[\p{L}\p{N}]/u.test(text)) return;
        const paragraph = document.createElement('p');
        paragraph.textContent = text;
        this.#region.append(paragraph);
        while (this.#region.childElementCount > MAX_LINES) this.#region.firstElementChild.remove();
    }
}

function removeMarkup(line) {
    return line.replace(/^#+ |^> ?|^[-*+] |[*`|]/g, '').replace(/\[([^[\]]*)\]\([^()\s]*\)/g, '$1').trim();
}

// Returns the end of the first line or sentence, or 0. The point after a number is not the end of a sentence.
function findEnd(text) {
    const match = /\n|(?<!\d)[.!?]["')\]]*\s|[。！？]/.exec(text);
    if (match && match.index < MAX_LENGTH) return match.index + match[0].length;
    return text.length < MAX_LENGTH ? 0 : text.lastIndexOf(' ', MAX_LENGTH - 1) + 1 || MAX_LENGTH;
}
