import { create, createLink, isInlineImage, parseLink } from './dom.js';

// Markers of seams in the text. Unicode reserves these code points for internal use, so that no text contains them.
export const FIRST_MARKER = 0xfdd0;
export const MARKER_COUNT = 32;
const Markers = /[\ufdd0-\ufdef]/g;

// While an answer grows, a delimiter without its counterpart applies to the end of the text if it is not further away than this.
const SPECULATION_LIMIT = 200;

const Plain = /[^\\`*_~[\]!<\nh\ufdd0-\ufdef]+/y;
const Url = /https?:\/\/[^\s<>"`|]+/y;
const AngleLink = /<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*)>/iy;
const Destination = /\(\s*(?:<([^<>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
const Escapable = /[!-/:-@[-`{-~]/;

// Renders the Markdown of one paragraph, heading or cell. createMarker creates the element of a seam. If isGrowing, constructs that
// are not complete are rendered as if they were.
export function renderInline(text, createMarker, isGrowing = false) {
    const source = isGrowing ? trimIncomplete(text) : text;
    const parser = new InlineParser(source, createMarker, isGrowing);
    return parser.parse();
}

// Whether the text contains no delimiter that a later one could match.
export function isSelfContained(text) {
    const parser = new InlineParser(text, () => create('span'), false);
    parser.parse();
    return parser.isSelfContained;
}

function trimIncomplete(text) {
    return text.replace(/[*_~`]+$/, '').replace(/!?\[([^[\]\n]{0,300})\]\([^()\s]{0,2000}$/, '$1');
}

class InlineParser {
    #text;
    #createMarker;
    #isGrowing;
    #position = 0;
    #output = document.createDocumentFragment();
    #delimiters = [];
    #brackets = [];
    #hasOpenCode = false;

    constructor(text, createMarker, isGrowing) {
        this.#text = text;
        this.#createMarker = createMarker;
        this.#isGrowing = isGrowing;
    }

    get isSelfContained() {
        return !this.#hasOpenCode && this.#brackets.length === 0 && !this.#delimiters.some(delimiter => delimiter.canOpen);
    }

    parse() {
        while (this.#position < this.#text.length) this.#next();
        matchDelimiters(this.#delimiters, 0);
        if (this.#isGrowing) this.#closeOpenDelimiters();
        this.#output.normalize();
        return this.#output;
    }

    #match(pattern) {
        pattern.lastIndex = this.#position;
        const match = pattern.exec(this.#text);
        if (match) this.#position = pattern.lastIndex;
        return match;
    }

    #addText(text) {
        const node = document.createTextNode(text);
        this.#output.append(node);
        return node;
    }

    // Text in which a marker must not be: the marker follows the element.
    #addRaw(text, createElement) {
        this.#output.append(createElement(text.replace(Markers, '')));
        for (const [marker] of text.matchAll(Markers)) this.#addMarker(marker);
    }

    #addMarker(marker) {
        this.#output.append(this.#createMarker(marker.charCodeAt(0) - FIRST_MARKER));
    }

    #next() {
        const plain = this.#match(Plain);
        if (plain) {
            this.#addText(plain[0]);
            return;
        }

        const character = this.#text[this.#position];
        switch (character) {
            case '\\': return this.#addEscape();
            case '`': return this.#addCode();
            case '*':
            case '_':
            case '~': return this.#addDelimiter(character);
            case '[': return this.#openBracket(1, false);
            case '!': return this.#text[this.#position + 1] === '[' ? this.#openBracket(2, true) : this.#addCharacter();
            case ']': return this.#closeBracket();
            case '<': return this.#addAngleLink();
            case 'h': return this.#addUrl();
            case '\n':
                this.#position++;
                this.#output.append(create('br'));
                return;
            default:
                this.#position++;
                this.#addMarker(character);
        }
    }

    #addCharacter() {
        this.#addText(this.#text[this.#position++]);
    }

    #addEscape() {
        const next = this.#text[this.#position + 1] ?? '';
        if (next === '\n') this.#position++;
        else if (Escapable.test(next)) {
            this.#position += 2;
            this.#addText(next);
        } else this.#addCharacter();
    }

    #addCode() {
        const [ticks] = this.#match(/`+/y);
        const start = this.#position;
        let end = this.#text.indexOf(ticks, start);
        while (end >= 0) {
            let last = end + ticks.length;
            while (this.#text[last] === '`') last++;
            if (last - end === ticks.length) break;
            end = this.#text.indexOf(ticks, last);
        }

        if (end < 0) {
            this.#hasOpenCode = true;
            if (!this.#isGrowing || this.#text.length - start > SPECULATION_LIMIT) {
                this.#addText(ticks);
                return;
            }
            end = this.#text.length;
        }

        const code = this.#text.slice(start, end).replaceAll('\n', ' ');
        const isPadded = code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '';
        this.#addRaw(isPadded ? code.slice(1, -1) : code, value => create('code', {}, value));
        this.#position = Math.min(end + ticks.length, this.#text.length);
    }

    // Left-flanking and right-flanking delimiter runs (CommonMark 0.31.2, 6.2), except that Chinese, Japanese and Korean characters count
    // as the ends of words: these languages do not put spaces around emphasis.
    #addDelimiter(character) {
        const start = this.#position;
        while (this.#text[this.#position] === character) this.#position++;
        const count = this.#position - start;
        const run = this.#text.slice(start, this.#position);
        const before = characterBefore(this.#text, start);
        const after = characterAfter(this.#text, this.#position);
        const node = this.#addText(run);
        const isLeft = !isSpace(after) && (!isPunctuation(after) || isWordEnd(before));
        const isRight = !isSpace(before) && (!isPunctuation(before) || isWordEnd(after));
        let canOpen = isLeft;
        let canClose = isRight;
        if (character === '_') {
            canOpen = isLeft && (!isRight || isPunctuation(before));
            canClose = isRight && (!isLeft || isPunctuation(after));
        } else if (character === '~' && count !== 2) {
            canOpen = false;
            canClose = false;
        }
        if (canOpen || canClose) this.#delimiters.push({ node, character, count, canOpen, canClose, start });
    }

    #openBracket(length, isImage) {
        const node = this.#addText(this.#text.slice(this.#position, this.#position + length));
        this.#position += length;
        this.#brackets.push({ node, isImage, delimiterCount: this.#delimiters.length });
    }

    #closeBracket() {
        this.#position++;
        const bracket = this.#brackets.pop();
        const start = this.#position;
        const match = bracket ? this.#match(Destination) : null;
        const address = match ? match[1] ?? match[2] : '';
        const clean = address.replace(Markers, '');
        const isImage = bracket?.isImage === true;
        const href = isImage && isInlineImage(clean) ? clean : parseLink(clean);
        if (!match || href === null) {
            this.#position = start;
            this.#addText(']');
            return;
        }

        matchDelimiters(this.#delimiters, bracket.delimiterCount);
        this.#delimiters.length = bracket.delimiterCount;
        const content = [];
        for (let node = bracket.node.nextSibling; node; node = node.nextSibling) content.push(node);
        bracket.node.remove();
        const label = content.map(node => node.textContent).join('');
        for (const node of content) node.remove();
        if (isImage && isInlineImage(href)) this.#output.append(create('img', { src: href, alt: label }));
        else if (isImage) this.#output.append(createLink(href, `Image: ${label === '' ? href : label}`));
        else this.#output.append(createLink(href, ...content));
        for (const [marker] of address.matchAll(Markers)) this.#addMarker(marker);

        // Links do not contain links.
        if (!isImage) this.#brackets = this.#brackets.filter(outer => outer.isImage);
    }

    #addAngleLink() {
        const start = this.#position;
        const match = this.#match(AngleLink);
        const href = match ? parseLink(match[1].replace(Markers, '')) : null;
        if (href !== null) this.#addRaw(match[1], text => createLink(href, text));
        else {
            this.#position = start;
            this.#addCharacter();
        }
    }

    #addUrl() {
        const start = this.#position;
        const isWordStart = !/[\p{L}\p{N}]/u.test(this.#text[start - 1] ?? ' ');
        const match = isWordStart ? this.#match(Url) : null;
        const address = match ? trimAddress(match[0]) : '';
        const href = match ? parseLink(address.replace(Markers, '')) : null;
        const isIncomplete = this.#isGrowing && this.#position === this.#text.length;
        if (href === null || this.#brackets.length > 0) {
            this.#position = start;
            this.#addCharacter();
            return;
        }

        this.#position = start + address.length;
        this.#addRaw(address, text => isIncomplete ? document.createTextNode(text) : createLink(href, text));
    }

    #closeOpenDelimiters() {
        for (const delimiter of this.#delimiters) {
            const { node, character, count, canOpen, start } = delimiter;
            if (!canOpen || !node.nextSibling || this.#text.length - start > SPECULATION_LIMIT) continue;
            const element = create(tagFor(character, count));
            while (node.nextSibling) element.append(node.nextSibling);
            node.replaceWith(element);
        }
    }
}

// CommonMark 0.31.2, "process emphasis", for the delimiters from an index on. Removes those that were matched.
function matchDelimiters(delimiters, first) {
    for (let i = first; i < delimiters.length; i++) {
        const closer = delimiters[i];
        while (closer.canClose && closer.count > 0) {
            const j = findOpener(delimiters, first, i);
            if (j < 0) break;
            const opener = delimiters[j];
            const used = closer.character === '~' || (opener.count >= 2 && closer.count >= 2) ? 2 : 1;
            const element = create(tagFor(closer.character, used));
            while (opener.node.nextSibling && opener.node.nextSibling !== closer.node) element.append(opener.node.nextSibling);
            closer.node.before(element);
            shorten(opener, used);
            shorten(closer, used);
            const removed = i - j - 1;
            delimiters.splice(j + 1, removed);
            i -= removed;
        }
    }

    const rest = delimiters.slice(first).filter(delimiter => delimiter.count > 0);
    delimiters.splice(first, delimiters.length - first, ...rest);
}

function findOpener(delimiters, first, index) {
    const closer = delimiters[index];
    for (let j = index - 1; j >= first; j--) {
        const opener = delimiters[j];
        if (opener.character !== closer.character || !opener.canOpen || opener.count === 0) continue;
        const isEither = opener.canClose || closer.canOpen;
        const isExcluded = isEither && (opener.count + closer.count) % 3 === 0 && (opener.count % 3 !== 0 || closer.count % 3 !== 0);
        if (!isExcluded) return j;
    }
    return -1;
}

function shorten(delimiter, count) {
    delimiter.count -= count;
    delimiter.node.data = delimiter.node.data.slice(count);
}

function tagFor(character, count) {
    if (character === '~') return 'del';
    return count >= 2 ? 'strong' : 'em';
}

function trimAddress(text) {
    let end = text.length;
    while (end > 0) {
        const last = text[end - 1];
        const isUnbalanced = last === ')' && count(text, ')', end) > count(text, '(', end);
        if (!isUnbalanced && !/[.,;:!?'*_~\]。，；：！？」』）]/.test(last)) break;
        end--;
    }
    return text.slice(0, end);
}

function count(text, character, end) {
    let found = 0;
    for (let i = 0; i < end; i++) if (text[i] === character) found++;
    return found;
}

function characterBefore(text, index) {
    while (isMarker(text[index - 1])) index--;
    return text[index - 1] ?? ' ';
}

function characterAfter(text, index) {
    while (isMarker(text[index])) index++;
    return text[index] ?? ' ';
}

function isMarker(character) {
    return character >= '\ufdd0' && character <= '\ufdef';
}

function isSpace(character) {
    return /\s/.test(character);
}

function isPunctuation(character) {
    return /[!-/:-@[-`{-~]/.test(character);
}

function isWordEnd(character) {
    return isSpace(character) || isPunctuation(character) || character >= '\u2e80';
}
