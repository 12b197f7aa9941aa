/// Finds the word that was probably meant.
public enum Spelling {
    /// Longer words are not compared: nobody means them, and the comparison is quadratic.
    private static let maximumLength = 128

    /// The candidate nearest to `word`, or nil if none is near enough to be meant.
    ///
    /// Near is a Damerau–Levenshtein distance (optimal string alignment: insertion, deletion, substitution, exchange of
    /// neighbours) of at most a third of the longer word, and at least one; case does not count. Of equally near
    /// candidates the first wins. O(candidates * length²).
    public static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        let written = Array(word.lowercased())
        guard !written.isEmpty, written.count <= maximumLength else { return nil }
        var best: (distance: Int, candidate: String)?
        for candidate in candidates where candidate != word {
            let meant = Array(candidate.lowercased())
            guard !meant.isEmpty, meant.count <= maximumLength else { continue }
            let longest = max(written.count, meant.count)
            let limit = min(best.map { $0.distance - 1 } ?? .max, max(1, (longest + 1) / 3))
            // The difference in length is a lower bound of the distance.
            guard limit >= 0, abs(written.count - meant.count) <= limit else { continue }
            let distance = distance(from: written, to: meant)
            // A word of which every letter differs is another word, however short.
            if distance <= limit && distance < longest { best = (distance, candidate) }
        }
        return best?.candidate
    }

    /// ` (did you mean 'x'?)` with the nearest candidate, or nothing: to be put after what is unknown.
    public static func suggestion(for word: String, in candidates: some Sequence<String>) -> String {
        nearest(to: word, in: candidates).map { " (did you mean \(quote($0))?)" } ?? ""
    }

    /// Text from outside as a message shows it: in single quotes, on one line, at most 80 characters.
    public static func quote(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(80) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: shown += scalar.escaped(asASCII: true)
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > 80 ? "'\(shown)…'" : "'\(shown)'"
    }

    /// The words as a sentence lists them: `a, b or c`.
    static func list(_ words: [String], _ conjunction: String) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
    }

    private static func distance(from a: [Character], to b: [Character]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        var current = previous
        for i in 1...a.count {
            current[0] = i
            for j in 1...b.count {
                let substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                current[j] = min(substitution, previous[j] + 1, current[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    current[j] = min(current[j], beforePrevious[j - 2] + 1)
                }
            }
            (beforePrevious, previous, current) = (previous, current, beforePrevious)
        }
        return previous[b.count]
    }
}
