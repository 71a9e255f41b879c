import { BlockParser } from './blocks.js';
import { create } from './dom.js';
import { FIRST_MARKER, MARKER_COUNT } from './inline.js';

const Reserved = /[\ufdd0-\ufdef]/g;
const BeforeMarker = /[\p{L}\p{N}\s,;:.!?]/u;
const AfterMarker = /[\p{L}\p{N}\s]/u;

// Renders Markdown that arrives in pieces. The work for a piece depends on its length and that of the last line or paragraph, not on
// what came before.
export class Markdown {
    #blocks;
    #seams = [];
    #pieces = [];
    #waitingMarker = '';
    #last = '\n';
    #lineHasLetter = false;

    // createSeam creates the element that shows a seam.
    constructor(root, createSeam) {
        this.#blocks = new BlockParser(root, index => {
            const seam = this.#seams[index];
            return seam ? createSeam(seam) : create('span');
        });
    }

    append(text) {
        const clean = text.replace(Reserved, '\ufffd');
        if (clean === '') return;
        this.#pieces.push(this.#waitingMarker === '' ? clean : this.#insertMarker(clean));
        this.#track(clean);
    }

    // A marker within markup would break it, so the marker waits for a place within words.
    markSeam(seam) {
        if (this.#seams.length === MARKER_COUNT) return;
        this.#waitingMarker += String.fromCharCode(FIRST_MARKER + this.#seams.length);
        this.#seams.push(seam);
    }

    render() {
        this.#blocks.append(this.#pieces.join(''));
        this.#pieces = [];
        this.#blocks.render();
    }

    end() {
        this.#pieces.push(this.#waitingMarker);
        this.#waitingMarker = '';
        this.#blocks.append(this.#pieces.join(''));
        this.#pieces = [];
        this.#blocks.end();
    }

    #insertMarker(text) {
        let { last, hasLetter } = { last: this.#last, hasLetter: this.#lineHasLetter };
        for (let i = 0; i < text.length; i++) {
            if (/\p{L}/u.test(text[i]) || (hasLetter && BeforeMarker.test(last) && AfterMarker.test(text[i]))) {
                const marked = text.slice(0, i) + this.#waitingMarker + text.slice(i);
                this.#waitingMarker = '';
                return marked;
            }

            last = text[i];
            hasLetter = last !== '\n' && (hasLetter || /\p{L}/u.test(last));
        }
        return text;
    }

    #track(text) {
        this.#last = text.at(-1);
        const newline = text.lastIndexOf('\n');
        if (newline >= 0) this.#lineHasLetter = false;
        this.#lineHasLetter ||= /\p{L}/u.test(text.slice(newline + 1));
    }
}
