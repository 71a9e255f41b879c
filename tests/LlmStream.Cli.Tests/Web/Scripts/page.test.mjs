// Run by PageScriptTests: node --test, with the directory of the page in LLMSTREAM_PAGE.
import assert from 'node:assert';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { html } from './dom.mjs';

const load = name => import(pathToFileURL(`${process.env.LLMSTREAM_PAGE}/${name}`));
const { AnswerReader } = await load('answer.js');
const { Markdown } = await load('markdown.js');
const { SseParser } = await load('sse.js');

function render(text, nextLength = () => text.length) {
    const root = document.createElement('div');
    const markdown = new Markdown(root, () => document.createElement('hr'));
    for (let i = 0; i < text.length;) {
        const length = nextLength();
        markdown.append(text.slice(i, i + length));
        markdown.render();
        i += length;
    }
    markdown.end();
    return html(root).slice('<div>'.length, -'</div>'.length);
}

// A linear congruential generator, so that a failure can be repeated.
function createRandom(seed) {
    let state = seed;
    return max => {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        return Math.floor(state / 0x80000000 * max);
    };
}

const rendered = [
    ['a **b** *c* _d_ `e` ~~f~~', '<p>a <strong>b</strong> <em>c</em> <em>d</em> <code>e</code> <del>f</del></p>'],
    ['***both*** **a*b*c**', '<p><em><strong>both</strong></em> <strong>a<em>b</em>c</strong></p>'],
    ['**重要：**请注意**「引号」**内容', '<p><strong>重要：</strong>请注意<strong>「引号」</strong>内容</p>'],
    ['snake_case_name 2 * 3 * 4', '<p>snake_case_name 2 * 3 * 4</p>'],
    ['# A\n## B ##\n#C', '<h3>A</h3><h4>B</h4><p>#C</p>'],
    ['a\n===\nb\n---\n***', '<h3>a</h3><h4>b</h4><hr></hr>'],
    ['- a\n  - b\n- c', '<ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ul>'],
    ['1. a\n  - b\n2. c', '<ol><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ol>'],
    ['3. a\n\n4. b\n\nc', '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol><p>c</p>'],
    ['- [x] a\n- [ ] b', '<ul><li><p>☑ a</p></li><li><p>☐ b</p></li></ul>'],
    ['> a\n> - b', '<blockquote><p>a</p><ul><li><p>b</p></li></ul></blockquote>'],
    ['a\nb', '<p>a<br></br>b</p>'],
    ['[a](https://x.y/(z)) [b](javascript:alert(1)) [c](/d)',
        '<p><a href="https://x.y/(z)">a</a> [b](javascript:alert(1)) [c](/d)</p>'],
    ['https://x.y/a_b_c. <mailto:a@b.c>',
        '<p><a href="https://x.y/a_b_c">https://x.y/a_b_c</a>. <a href="mailto:a@b.c">mailto:a@b.c</a></p>'],
    ['![a](https://x.y/z.png) ![b](data:image/png;base64,AA==)',
        '<p><a href="https://x.y/z.png">Image: a</a> <img src="data:image/png;base64,AA=="></img></p>'],
    ['<b>a</b> <script>alert(1)</script>', '<p>&lt;b>a&lt;/b> &lt;script>alert(1)&lt;/script></p>'],
    ['\\*a\\*', '<p>*a*</p>'],
];
for (const [source, expected] of rendered) test(`Markdown: ${JSON.stringify(source)}`, () => assert.equal(render(source), expected));

test('Markdown: a table has at most the columns of its header', () => {
    const table = render('| a | b |\n|---|:-:|\n| **1** |\n| 2 | 3 | 4 |\n\nend');
    const expected = '<thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td><strong>1</strong></td></tr>'
        + '<tr><td>2</td><td>3</td></tr></tbody>';
    assert.equal(table, `<div class="table"><table>${expected}</table></div><p>end</p>`);
});

test('Markdown: a code block keeps its text and shows its language', () => {
    const code = render('```js\n<b> **x**\n\n  y\n```\nend');
    assert.match(code, /<span class="language">js<\/span>/);
    assert.match(code, /<code>&lt;b> \*\*x\*\*\n\n {2}y\n<\/code><\/pre><\/div><p>end<\/p>$/);
});

test('Markdown: incomplete constructs are shown as if they were complete', () => {
    const growing = (text, expected) => {
        const root = document.createElement('div');
        const markdown = new Markdown(root, () => document.createElement('hr'));
        markdown.append(text);
        markdown.render();
        assert.equal(html(root), `<div>${expected}</div>`);
    };
    growing('a **b', '<p>a <strong>b</strong></p>');
    growing('a **b*', '<p>a <strong>b</strong></p>');
    growing('a `b', '<p>a <code>b</code></p>');
    growing('see [a](https://x', '<p>see a</p>');
    growing('a\n-', '<p>a</p>');
    growing('a\n``', '<p>a</p>');
    growing('| a | b', '<div class="table"><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody></tbody></table></div>');
});

test('Markdown: the result does not depend on how the text is divided', () => {
    const random = createRandom(1);
    const pieces = ['*', '**', '_', '`', '```', '\n', '\n\n', '- ', '1. ', '> ', '| ', '|---|---|\n', 'a', 'b c', '[', '](http://x.y)', ']',
        '(', '  ', '# ', '---', '===', '~~', '\\', '中', '🌤️', '\t', '!', '<', 'http://a.b/c_d ', 'word '.repeat(60)];
    for (let i = 0; i < 250; i++) {
        const text = Array.from({ length: 1 + random(30) }, () => pieces[random(pieces.length)]).join('');
        const expected = render(text);
        assert.equal(render(text, () => 1), expected, JSON.stringify(text));
        assert.equal(render(text, () => 1 + random(8)), expected, JSON.stringify(text));
    }
});

test('Markdown: a seam breaks neither markup nor addresses', () => {
    const withSeam = (before, after) => {
        const root = document.createElement('div');
        const markdown = new Markdown(root, () => document.createElement('mark'));
        markdown.append(before);
        markdown.markSeam({});
        markdown.append(after);
        markdown.end();
        return html(root);
    };
    const seam = '<mark></mark>';
    assert.equal(withSeam('scat', 'tered'), `<div><p>scat${seam}tered</p></div>`);
    assert.equal(withSeam('**bo', 'ld**'), `<div><p><strong>bo${seam}ld</strong></p></div>`);
    assert.equal(withSeam('*', '*bold** x'), `<div><p><strong>${seam}bold</strong> x</p></div>`);
    assert.equal(withSeam('[a](https://x.', 'y/z) b'), `<div><p><a href="https://x.y/z">a</a>${seam} b</p></div>`);
    assert.equal(withSeam('a\n', '- b'), `<div><p>a</p><ul><li><p>${seam}b</p></li></ul></div>`);
    assert.equal(withSeam('a', ''), `<div><p>a${seam}</p></div>`);
    assert.match(withSeam('```p', 'y\nx\n```'), /<mark><\/mark>.*<code>x\n<\/code>/);
});

test('Markdown: the work is linear in the length of the answer', () => {
    for (const unit of ['And so on, ', 'A line.\n', '- item **b**\n', '| a | b |\n', '中文，', '```\n']) {
        let most = 0;
        const createElement = document.createElement;
        let count = 0;
        document.createElement = name => (count++, createElement(name));
        const markdown = new Markdown(createElement('div'), () => createElement('hr'));
        for (let i = 0; i < 1500; i++) {
            count = 0;
            markdown.append(unit);
            markdown.render();
            most = Math.max(most, count);
        }
        document.createElement = createElement;
        assert.ok(most < 1000, `${JSON.stringify(unit)}: ${most} elements for one piece`);
    }
});

test('SSE: the result does not depend on how the text is divided', () => {
    const stream = ': comment\r\ndata: a\r\n\r\nid: 1\ndata:b\ndata: c\n\nevent: x\rdata:  d\r\rdata\n\ndata: incomplete';
    const parse = (size, offset) => {
        const events = [];
        const parser = new SseParser(data => events.push(data));
        parser.push(stream.slice(0, offset));
        for (let i = offset; i < stream.length; i += size) parser.push(stream.slice(i, i + size));
        return events;
    };
    for (let offset = 0; offset <= stream.length; offset++) {
        for (const size of [1, 2, 3, stream.length]) assert.deepEqual(parse(size, offset), ['a', 'b\nc', ' d', '']);
    }
});

function read(...chunks) {
    const message = { id: 'm', parts: [], ending: null };
    const reader = new AnswerReader(message);
    for (const chunk of chunks) reader.apply(chunk);
    return message;
}

test('An answer without a finish chunk has no ending', () => {
    const message = read({ type: 'start', messageId: '1' }, { type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta: 'a' },
        { type: 'text-end', id: 't' }, { type: 'finish-step' });
    assert.equal(message.id, '1');
    assert.equal(message.parts[0].text, 'a');
    assert.equal(message.ending, null);
});

test('Endings tell a complete answer from all others', () => {
    for (const [reason, kind] of [['stop', 'complete'], ['length', 'length'], ['content-filter', 'content-filter'],
        ['tool-calls', 'tool-calls'], ['error', 'error'], ['interrupted', 'error'], ['other', 'other']]) {
        assert.equal(read({ type: 'finish', finishReason: reason }).ending.kind, kind);
    }
    assert.equal(read({ type: 'abort' }).ending.kind, 'stopped');
    assert.equal(read({ type: 'error', errorText: 'x' }).ending.error, 'x');
});

test('A restarted step replaces its parts', () => {
    const message = read({ type: 'start-step' }, { type: 'text-delta', id: 'a', delta: 'old' }, { type: 'reset-step' },
        { type: 'text-start', id: 'b' }, { type: 'text-delta', id: 'b', delta: 'new' });
    assert.deepEqual(message.parts.map(part => part.text), ['new']);
});

test('Unknown chunks are ignored', () => {
    assert.deepEqual(read({ type: 'custom', kind: 'a.b' }, { type: 'data-x', data: 1 }, { type: 'tool-approval-request' }).parts, []);
});
