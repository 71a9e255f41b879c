import { create } from './dom.js';
import { FIRST_MARKER, isSelfContained, renderInline } from './inline.js';

// A longer paragraph is rendered in parts, so that only its last part is rendered again when it grows.
const WINDOW = 4000;
const KEEP = 500;

// A paragraph or a heading.
export class TextBlock {
    text = '';
    #createMarker;
    #lastStable = null;

    constructor(element, createMarker) {
        this.element = element;
        this.#createMarker = createMarker;
    }

    get isParagraph() {
        return this.element.localName === 'p';
    }

    get canStayOpen() {
        return this.isParagraph;
    }

    // Whether all of the text is still in the property.
    get isUncut() {
        return this.#lastStable === null;
    }

    append(text) {
        this.text += text;
    }

    // Renders all but the last part for good.
    cut() {
        if (this.text.length <= WINDOW) return;
        this.#removeUnstable();
        while (this.text.length > WINDOW) {
            const end = findCut(this.text.slice(0, WINDOW - KEEP));
            this.element.append(renderInline(this.text.slice(0, end), this.#createMarker));
            this.#lastStable = this.element.lastChild;
            this.text = this.text.slice(end);
        }
    }

    render(isGrowing) {
        this.#removeUnstable();
        this.element.append(renderInline(this.text, this.#createMarker, isGrowing));
    }

    #removeUnstable() {
        while (this.element.lastChild !== this.#lastStable) this.element.lastChild.remove();
    }
}

// Returns where a text can be divided, preferably where no delimiter is open.
function findCut(text) {
    const candidates = [];
    for (let i = text.length; i > text.length / 2 && candidates.length < 4; i--) {
        if (/[\s。，、；：！？]/.test(text[i - 1])) candidates.push(i);
    }
    const isHighSurrogate = /[\ud800-\udbff]$/.test(text);
    const fallback = candidates[0] ?? (isHighSurrogate ? text.length - 1 : text.length);
    return candidates.find(end => isSelfContained(text.slice(0, end))) ?? fallback;
}

// A fenced code block with its language and a button that copies it.
export class CodeBlock {
    #code;
    #fence;
    #indent;
    #createMarker;

    // fence: the match of the opening line: indent, fence, info string.
    constructor([, indent, fence, info], createMarker) {
        this.#indent = indent.length;
        this.#fence = fence;
        this.#createMarker = createMarker;
        const language = /^[^\s\ufdd0-\ufdef]*/.exec(info)[0];
        this.#code = create('code');
        const label = language === '' ? 'Code' : language;
        const copy = create('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${label}` }, 'Copy');
        const head = create('div', { class: 'code-head' }, create('span', { class: 'language' }, label));
        for (const character of info) if (isMarker(character)) head.append(createMarker(character.charCodeAt(0) - FIRST_MARKER));
        head.append(copy);
        const pre = create('pre', { tabindex: 0, role: 'region', 'aria-label': label }, this.#code);
        this.element = create('div', { class: 'code' }, head, pre);
    }

    get canStayOpen() {
        return this.#code.hasChildNodes();
    }

    isClosedBy(line) {
        const text = line.trim();
        return text.length >= this.#fence.length && text === this.#fence[0].repeat(text.length);
    }

    removeIndent(line) {
        const spaces = line.length - line.trimStart().length;
        return line.slice(Math.min(spaces, this.#indent));
    }

    append(text, place) {
        if (text === '') return;
        for (const piece of text.split(/([\ufdd0-\ufdef])/)) {
            if (piece === '') continue;
            const isMark = piece.length === 1 && isMarker(piece);
            place(this.#code, isMark ? this.#createMarker(piece.charCodeAt(0) - FIRST_MARKER) : document.createTextNode(piece));
        }
    }

    endLine() {
        this.#code.append('\n');
    }

    cut() {
        // The text is added when it arrives.
    }

    render() {
        // The same.
    }
}

// A table whose rows arrive one by one.
export class Table {
    body = create('tbody');
    #alignments;
    #columnCount;
    #createMarker;

    constructor(header, delimiters, createMarker) {
        this.#createMarker = createMarker;
        this.#columnCount = header.length;
        this.#alignments = delimiters.map(cell => {
            if (!cell.endsWith(':')) return null;
            return cell.startsWith(':') ? 'center' : 'end';
        });
        const head = create('thead', {}, this.createRow('th', header, false));
        const table = create('table', {}, head, this.body);
        this.element = create('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': 'Table' }, table);
    }

    createRow(tag, cells, isGrowing) {
        const row = create('tr');
        // Cells that a row lacks are not created: a wide header and many short rows would be millions of them.
        for (let i = 0; i < Math.min(this.#columnCount, cells.length); i++) {
            const cell = create(tag, { scope: tag === 'th' ? 'col' : null, 'data-align': this.#alignments[i] });
            const block = new TextBlock(cell, this.#createMarker);
            block.text = cells[i];
            block.cut();
            block.render(isGrowing && i === cells.length - 1);
            row.append(cell);
        }
        return row;
    }

    cut() {
        // Rows are rendered when they arrive.
    }

    render() {
        // The same.
    }
}

export function splitRow(line) {
    const text = line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
    return text.split(/(?<!\\)\|/).map(cell => cell.trim().replaceAll('\\|', '|'));
}

function isMarker(character) {
    return character >= '\ufdd0' && character <= '\ufdef';
}
