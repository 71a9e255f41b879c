import { CodeBlock, Table, TextBlock, splitRow } from './leaves.js';
import { create } from './dom.js';

// Deeper nesting is shown as text.
const MAX_DEPTH = 24;

// From this length on, the start of a line no longer changes its meaning.
const OPEN_LINE_LENGTH = 200;

const Quote = /^ {0,3}> ?/;
const Item = /^( *)([-*+]|\d{1,9}[.)])(?:( {1,4})(?=[^ ])|(?: *$| ))/;
const Heading = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const Rule = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const Fence = /^( *)(`{3,}|~{3,})[ \t]*([^`]*)$/;

// The start of a line whose kind of block the next character decides.
const Undecided = /^[\s>]*(?:[-*+_\s]+|#{1,6}\s*|\d{1,9}[.)]?\s*|`+|~+|[|:\-\s]+|=+)?$/;
const UndecidedInCode = /^[\s>]*(?:`+|~+)?\s*$/;

// The block structure of Markdown: a subset of CommonMark 0.31.2 without HTML, indented code and reference links, and with tables.
// A complete line is processed once. The incomplete last line is processed too, so that it can be seen, and is taken back when more of
// it arrives.
export class BlockParser {
    #stack;
    #leaf = null;
    #createMarker;
    #line = '';
    #isLineOpen = false;
    #dirty = new Set();
    #undo = null;

    constructor(root, createMarker) {
        this.#stack = [{ kind: 'document', element: root }];
        this.#createMarker = createMarker;
    }

    append(text) {
        if (text === '') return;
        this.#takeBack();
        let start = 0;
        for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            this.#endLine(text.slice(start, end));
            start = end + 1;
        }
        this.#extendLine(text.slice(start));
    }

    render() {
        this.#takeBack();
        for (const leaf of this.#dirty) leaf.cut();
        this.#previewLine();
        this.#renderLeaves();
    }

    end() {
        this.#takeBack();
        if (this.#line !== '' || this.#isLineOpen) this.#endLine('');
        this.#setLeaf(null);
        for (const leaf of this.#dirty) leaf.cut();
        this.#renderLeaves();
    }

    #renderLeaves() {
        for (const leaf of this.#dirty) leaf.render(leaf === this.#leaf);
        this.#dirty.clear();
    }

    #endLine(text) {
        const rest = text.endsWith('\r') ? text.slice(0, -1) : text;
        if (this.#isLineOpen) {
            this.#addToLeaf(rest);
            this.#leaf.endLine?.();
        } else this.#processLine(this.#line + rest);
        this.#line = '';
        this.#isLineOpen = false;
    }

    // A long line is not processed again for each piece of it.
    #extendLine(text) {
        if (this.#isLineOpen) {
            this.#addToLeaf(text);
            return;
        }

        this.#line += text;
        if (this.#line.length < OPEN_LINE_LENGTH) return;
        this.#undo = this.#snapshot();
        this.#processLine(this.#line, true);
        const canStayOpen = this.#leaf?.canStayOpen === true && !this.#line.trimStart().startsWith('|');
        if (!canStayOpen) {
            this.#takeBack();
            return;
        }
        this.#undo = null;
        this.#isLineOpen = true;
        this.#line = '';
    }

    #previewLine() {
        if (this.#isLineOpen) return;
        this.#undo = this.#snapshot();
        const undecided = this.#leaf instanceof CodeBlock ? UndecidedInCode : Undecided;
        if (this.#line.length >= OPEN_LINE_LENGTH || !undecided.test(this.#line)) this.#processLine(this.#line, true);
        const paragraph = this.#paragraph;
        if (paragraph?.isUncut && /^\|[^\n]*$/.test(paragraph.text)) this.#convertToTable(paragraph, paragraph.text, []);
    }

    #snapshot() {
        return { stack: this.#stack, leaf: this.#leaf, text: this.#leaf?.text, steps: [] };
    }

    #takeBack() {
        if (!this.#undo) return;
        const { stack, leaf, text, steps } = this.#undo;
        this.#undo = null;
        for (const step of steps.reverse()) step();
        this.#dirty.delete(this.#leaf);
        this.#stack = stack;
        this.#leaf = leaf;
        if (leaf && leaf.text !== text) leaf.text = text;
        if (leaf) this.#dirty.add(leaf);
    }

    #place(parent, node) {
        parent.append(node);
        this.#undo?.steps.push(() => node.remove());
    }

    #replace(oldNode, newNode) {
        oldNode.replaceWith(newNode);
        this.#undo?.steps.push(() => newNode.replaceWith(oldNode));
    }

    #setLeaf(leaf) {
        if (this.#leaf) this.#dirty.add(this.#leaf);
        this.#leaf = leaf;
        if (leaf) this.#dirty.add(leaf);
    }

    #addToLeaf(text) {
        this.#leaf.append(text, (parent, node) => this.#place(parent, node));
        this.#dirty.add(this.#leaf);
    }

    #openLeaf(leaf) {
        this.#place(this.#stack.at(-1).element, leaf.element);
        this.#setLeaf(leaf);
    }

    get #paragraph() {
        return this.#leaf instanceof TextBlock && this.#leaf.isParagraph ? this.#leaf : null;
    }

    #processLine(source, isPartial = false) {
        const line = source.replace(/^[ \t]+/, indent => indent.replaceAll('\t', '    '));
        const [depth, content] = this.#matchContainers(line);
        const allMatch = depth === this.#stack.length;
        if (this.#leaf instanceof CodeBlock && (allMatch || this.#stack[depth].kind === 'item')) {
            if (!isPartial && this.#leaf.isClosedBy(content)) this.#setLeaf(null);
            else this.#addCodeLine(content, isPartial);
            return;
        }

        if (allMatch && this.#paragraph?.isUncut && this.#convertParagraph(this.#paragraph, content)) return;
        this.#openBlocks(depth, content, isPartial);
    }

    // Returns how many open containers continue on the line, and what follows their prefixes.
    #matchContainers(line) {
        let rest = line;
        let depth = 1;
        for (; depth < this.#stack.length; depth++) {
            const container = this.#stack[depth];
            if (container.kind === 'quote') {
                const match = Quote.exec(rest);
                if (!match) break;
                rest = rest.slice(match[0].length);
            } else if (container.kind === 'item' && rest.trim() !== '') {
                const indent = rest.length - rest.trimStart().length;
                // Models often indent a nested list by two spaces, whatever the width of the marker.
                const isNested = indent >= container.offset + 2 && Item.test(rest);
                if (indent < container.indent && !isNested) break;
                rest = rest.slice(Math.min(indent, container.indent));
            }
        }
        return [depth, rest];
    }

    #addCodeLine(text, isPartial) {
        this.#addToLeaf(this.#leaf.removeIndent(text));
        if (!isPartial) this.#addToLeaf('\n');
    }

    #convertParagraph(paragraph, line) {
        const underline = /^ {0,3}(=+|-+)[ \t]*$/.exec(line);
        if (underline) {
            const level = underline[1][0] === '=' ? 1 : 2;
            const heading = new TextBlock(createHeading(level), this.#createMarker);
            heading.text = paragraph.text;
            this.#replace(paragraph.element, heading.element);
            this.#setLeaf(heading);
            return true;
        }

        if (!line.includes('-')) return false;
        const delimiters = splitRow(line);
        const header = paragraph.text.slice(paragraph.text.lastIndexOf('\n') + 1);
        const isTable = header.includes('|') && splitRow(header).length === delimiters.length
            && delimiters.every(cell => /^:?-+:?$/.test(cell));
        if (isTable) this.#convertToTable(paragraph, header, delimiters);
        return isTable;
    }

    // The last line of the paragraph is the header of the table.
    #convertToTable(paragraph, header, delimiters) {
        const table = new Table(splitRow(header), delimiters, this.#createMarker);
        const isWhole = header.length === paragraph.text.length;
        if (isWhole) this.#replace(paragraph.element, table.element);
        else {
            paragraph.text = paragraph.text.slice(0, -header.length - 1);
            this.#place(this.#stack.at(-1).element, table.element);
        }
        this.#setLeaf(table);
    }

    #openBlocks(depth, content, isPartial) {
        const paragraph = this.#paragraph;
        let base = this.#stack.slice(0, depth);
        let rest = content;
        let isOpened = false;
        while (base.length < MAX_DEPTH) {
            const quote = Quote.exec(rest);
            if (quote) {
                base = this.#openContainer(base, { kind: 'quote', element: create('blockquote') });
                rest = rest.slice(quote[0].length);
                isOpened = true;
                continue;
            }

            const item = Rule.test(rest) ? null : Item.exec(rest);
            if (!item || (!isOpened && paragraph && base.at(-1).kind !== 'list' && !canInterrupt(item, rest))) break;
            base = this.#openItem(base, item);
            rest = rest.slice(item[0].length).replace(/^\[([ xX])\](?= )/, (_, mark) => mark === ' ' ? '☐' : '☑');
            isOpened = true;
        }

        this.#openLeafBlock(base, rest, isOpened, isPartial);
    }

    #openLeafBlock(base, rest, isOpened, isPartial) {
        const fence = Fence.exec(rest);
        const heading = Heading.exec(rest);
        const isRule = Rule.test(rest);
        const isBlank = rest.trim() === '';
        const startsBlock = isOpened || fence || heading || isRule || isBlank;
        if (!startsBlock && this.#paragraph) {
            this.#addToLeaf(`\n${rest.trimStart()}`);
            return;
        }

        if (!startsBlock && base.length === this.#stack.length && this.#leaf instanceof Table && rest.includes('|')) {
            this.#place(this.#leaf.body, this.#leaf.createRow('td', splitRow(rest), isPartial));
            return;
        }

        this.#stack = isBlank || isOpened ? base : withoutList(base);
        this.#setLeaf(null);
        if (isBlank) return;
        if (fence) this.#openLeaf(new CodeBlock(fence, this.#createMarker));
        else if (isRule) this.#place(this.#stack.at(-1).element, create('hr'));
        else if (heading) this.#openText(createHeading(heading[1].length), trimHeading(rest.slice(heading[0].length)));
        else this.#openText(create('p'), rest.trimStart());
    }

    #openText(element, text) {
        const leaf = new TextBlock(element, this.#createMarker);
        leaf.text = text;
        this.#openLeaf(leaf);
    }

    #openItem(base, match) {
        const [all, offset, marker] = match;
        const style = marker.length === 1 ? marker : marker.at(-1);
        let result = base;
        if (base.at(-1).kind !== 'list' || base.at(-1).style !== style) {
            const number = Number.parseInt(marker, 10);
            const isOrdered = Number.isInteger(number);
            const list = create(isOrdered ? 'ol' : 'ul', { start: isOrdered && number !== 1 ? number : null });
            result = this.#openContainer(base, { kind: 'list', element: list, style });
        }

        const isEmpty = all.length === match.input.length;
        const indent = isEmpty ? offset.length + marker.length + 1 : all.length;
        const item = { kind: 'item', element: create('li'), indent, offset: offset.length };
        this.#place(result.at(-1).element, item.element);
        return [...result, item];
    }

    #openContainer(base, container) {
        const parents = withoutList(base);
        this.#place(parents.at(-1).element, container.element);
        return [...parents, container];
    }
}

function withoutList(base) {
    return base.at(-1).kind === 'list' ? base.slice(0, -1) : base;
}

// CommonMark 0.31.2, 5.2: otherwise a number at the start of a wrapped line would begin a list.
function canInterrupt(item, line) {
    return line.trim() !== item[2] && (item[2].length === 1 || Number.parseInt(item[2], 10) === 1);
}

// Removes a closing sequence of number signs.
function trimHeading(text) {
    const title = text.trim();
    let end = title.length;
    while (title[end - 1] === '#') end--;
    return end === 0 || /\s/.test(title[end - 1]) ? title.slice(0, end).trimEnd() : title;
}

// The page has headings of its own above those of an answer.
function createHeading(level) {
    return create(`h${Math.min(6, level + 2)}`, { 'data-level': level });
}
