/// Finds the name that somebody may have meant.
package enum NearestName {
    /// The candidate with the fewest edits from `name`, if they are few for its length.
    package static func of(_ name: String, in candidates: [String]) -> String? {
        let limit = max(1, name.count / 3)
        let ranked = candidates.map { (name: $0, edits: edits(Array(name.lowercased()), Array($0.lowercased()))) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }), best.edits <= limit else { return nil }
        return best.name
    }

    /// Levenshtein's distance. Complexity: O(a × b).
    private static func edits(_ a: [Character], _ b: [Character]) -> Int {
        var previous = Array(0...b.count)
        for (i, character) in a.enumerated() {
            var current = [i + 1]
            for (j, other) in b.enumerated() {
                let substituted = previous[j] + (character == other ? 0 : 1)
                current.append(min(substituted, previous[j + 1] + 1, current[j] + 1))
            }
            previous = current
        }
        return previous[b.count]
    }
}
