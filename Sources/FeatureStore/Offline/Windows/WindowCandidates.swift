import Columnar

/// Events in order, each better than all behind it: what may be the best of a window that ends where they do.
///
/// The memory is taken once, for the events of the longest span: unsafe within, since every place lies in 0 ..< count.
struct WindowCandidates {
    private let events: MutableBuffer
    private let words: MutableBuffer
    private let event: UnsafeMutablePointer<Int32>
    private let word: UnsafeMutablePointer<UInt64>
    private var count = 0

    /// - Parameter capacity: the most events that are added before all are removed.
    init(capacity: Int) {
        events = MutableBuffer(uninitialized: capacity * 4)
        words = MutableBuffer(uninitialized: capacity * 8)
        event = events.base.assumingMemoryBound(to: Int32.self)
        word = words.base.assumingMemoryBound(to: UInt64.self)
    }

    mutating func removeAll() { count = 0 }

    /// Adds an event behind all others. Amortized O(1).
    @inline(__always)
    mutating func append(_ added: Int, _ value: UInt64) {
        while count > 0, word[count - 1] <= value { count -= 1 }
        event[count] = Int32(truncatingIfNeeded: added)
        word[count] = value
        count += 1
    }

    /// Adds an event wherever it belongs. O(log candidates), and moving those behind it.
    mutating func insert(_ added: Int, _ value: UInt64) {
        let number = Int32(truncatingIfNeeded: added)
        let place = place(notBefore: number)
        if place < count, word[place] >= value { return }
        var start = place
        while start > 0, word[start - 1] <= value { start -= 1 }
        // Those of start ..< place give way to it.
        let moved = count - place
        (event + start + 1).update(from: event + place, count: moved)
        (word + start + 1).update(from: word + place, count: moved)
        event[start] = number
        word[start] = value
        count = start + 1 + moved
    }

    /// The first candidate from `low` on; -1 if there is none. O(log candidates).
    @inline(__always)
    func first(notBefore low: Int32) -> Int32 {
        let place = place(notBefore: low)
        return place < count ? event[place] : -1
    }

    @inline(__always)
    private func place(notBefore low: Int32) -> Int {
        var (start, end) = (0, count)
        while start < end {
            let middle = (start + end) / 2
            if event[middle] < low { start = middle + 1 } else { end = middle }
        }
        return start
    }
}
