import Foundation

/// Finds bytes among bytes in time proportional to their number, whatever they are.
enum TextSearch {
    /// Parts of this length or less are compared at each place where their first byte occurs.
    private static let shortLength = 32

    /// Where `part` begins in `text`, at `start` or later. Complexity: O(text + part).
    static func find(_ part: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let partBase = part.baseAddress, part.count > 0 else { return start }
        guard let textBase = text.baseAddress, text.count - start >= part.count else { return nil }
        if part.count > shortLength { return findLong(part, in: text, from: start) }
        let end = text.count - part.count
        var position = start
        while position <= end {
            guard let hit = memchr(textBase + position, Int32(part[0]), end - position + 1) else { return nil }
            position = UnsafeRawPointer(hit) - textBase
            if memcmp(hit, partBase, part.count) == 0 { return position }
            position += 1
        }
        return nil
    }

    /// Knuth, Morris, Pratt 1977, "Fast Pattern Matching in Strings".
    private static func findLong(
        _ part: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer, from start: Int
    ) -> Int? {
        // How much of the part's beginning also ends at each of its places.
        var borders = [Int](repeating: 0, count: part.count)
        var matched = 0
        for index in 1..<part.count {
            while matched > 0, part[index] != part[matched] { matched = borders[matched - 1] }
            if part[index] == part[matched] { matched += 1 }
            borders[index] = matched
        }
        matched = 0
        for index in start..<text.count {
            while matched > 0, text[index] != part[matched] { matched = borders[matched - 1] }
            if text[index] == part[matched] { matched += 1 }
            if matched == part.count { return index + 1 - matched }
        }
        return nil
    }
}
