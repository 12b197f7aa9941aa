/// Finds the word that a misspelt one was most likely meant to be.
public enum Spelling {
    /// The word of `candidates` nearest to `word`, or nil if none is near enough to be worth proposing.
    ///
    /// Near is a Damerau–Levenshtein distance of at most a third of the word's length (but 1 for short words);
    /// case does not count, and of equally near words the first wins. If none is that near, one that begins
    /// with `word` is proposed (`driver_id` for `driver`). O(`candidates.count` · length²).
    public static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        guard word.utf8.count <= maximumLength else { return nil }
        let wanted = Array(word.lowercased().unicodeScalars)
        let limit = max(1, wanted.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in candidates where candidate.utf8.count <= maximumLength {
            let letters = Array(candidate.lowercased().unicodeScalars)
            guard abs(letters.count - wanted.count) <= limit else { continue }
            let distance = distance(from: wanted, to: letters)
            // A distance as long as the word itself shares nothing with it.
            guard distance <= limit, distance < max(wanted.count, letters.count) else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word ?? candidates.first { word.utf8.count >= 3 && $0.lowercased().hasPrefix(word.lowercased()) }
    }

    /// ` (did you mean 'word'?)`, or nothing: to be put at the end of a message.
    public static func suggestion(for word: String, in candidates: some Sequence<String>) -> String {
        nearest(to: word, in: candidates).map { " (did you mean '\($0)'?)" } ?? ""
    }

    /// How many letters must be inserted, removed, replaced or swapped with their neighbour to come from `a` to `b`.
    static func distance(from a: [Unicode.Scalar], to b: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [Int](repeating: i + 1, count: b.count + 1)
            for j in 0..<b.count {
                row[j + 1] = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
                }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }

    /// Longer words are not names that anybody misspelt.
    private static let maximumLength = 256
}
