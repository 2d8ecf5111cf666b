// The editor: CodeMirror with Lua highlighting and one line that can be marked as faulty.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** @type {import("@codemirror/state").StateEffectType<number>} */
const setFault = StateEffect.define(); // a line from 1; 0: none

const faultField = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    const effect = transaction.effects.find((one) => one.is(setFault));
    if (!effect) {
      return transaction.docChanged ? Decoration.none : marks;
    }
    const { doc } = transaction.state;
    if (effect.value < 1 || effect.value > doc.lines) {
      return Decoration.none;
    }
    const mark = Decoration.line({ class: "fault", attributes: { "aria-invalid": "true" } });
    return Decoration.set(mark.range(doc.line(effect.value).from));
  },
  provide: (field) => EditorView.decorations.from(field),
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.atom, tags.bool], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--ink2)", fontStyle: "italic" },
  { tag: tags.standard(tags.variableName), color: "var(--pull)" },
]);

// By default Chromium gives text typed over a selection an inline style, which the page's policy rejects.
const overSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || event.data === null || view.state.selection.main.empty) {
      return false;
    }
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

// run: called by Ctrl+Enter.
export function createEditor(parent, run) {
  const extensions = [
    lineNumbers(), EditorView.lineWrapping, history(), drawSelection(), bracketMatching(), indentUnit.of("  "),
    StreamLanguage.define(lua), syntaxHighlighting(colours), faultField, overSelection,
    EditorView.contentAttributes.of({ "aria-label": "Lua script", tabindex: "0" }),
    // Tab leaves the editor.
    keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }, ...defaultKeymap, ...historyKeymap]),
  ];

  const view = new EditorView({ parent, root: parent.getRootNode(), extensions });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      view.setState(EditorState.create({ doc: text, extensions }));
      view.scrollDOM.scrollTop = 0;
    },
    mark: (line) => view.dispatch({ effects: setFault.of(line) }),
    goTo(line) {
      const { from } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    },
    focus: () => view.focus(),
  };
}
