extension String {
    /// The columns that the text takes on a terminal: wide characters (East Asian, emoji) take two, marks none.
    var displayWidth: Int {
        // Most text is ASCII, where each byte is a column.
        utf8.allSatisfy { $0 < 0x80 } ? utf8.count : reduce(0) { $0 + $1.displayWidth }
    }

    /// The text if it fits into so many columns, else its beginning with `…`.
    func cut(to columns: Int) -> String {
        guard displayWidth > columns else { return self }
        guard columns > 0 else { return "" }
        var text = ""
        var width = 0
        for character in self {
            guard width + character.displayWidth < columns else { break }
            text.append(character)
            width += character.displayWidth
        }
        return text + "…"
    }

    /// The text with control and direction characters escaped, so that it stays on its line and in its place.
    var printable: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isUnprintable {
                text += scalar.escaped(asASCII: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    /// The text as a message shows it: in quotes, on one line, and not endless.
    var quoted: String { "'\(printable.cut(to: 80))'" }
}

extension Character {
    /// 0, 1 or 2 columns of a terminal.
    fileprivate var displayWidth: Int {
        guard let first = unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        let hasEmojiForm = first.properties.isEmojiPresentation || unicodeScalars.contains("\u{fe0f}")
        return hasEmojiForm || Self.wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// Unicode Standard Annex #11, the blocks of East Asian Width W and F.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff,
        0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x20000...0x3fffd,
    ]
}

extension Unicode.Scalar {
    fileprivate var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        // Direction overrides reorder what is seen; joiners are needed by scripts and emoji.
        case .format: self != "\u{200c}" && self != "\u{200d}"
        default: false
        }
    }
}
