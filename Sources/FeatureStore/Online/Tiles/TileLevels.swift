/// A range of time cut into tiles, the longest that fit: chunks of ever higher levels toward its middle.
struct TileLevels: Sendable {
    /// What a chunk of each level spans, ascending.
    let spans: [Int64]
    /// The length of a tile of level 0; nil where that holds single events.
    let hop: Int64?

    init(_ layout: TileLayout) {
        spans = layout.spans
        hop = layout.hop?.microseconds
    }

    var count: Int { spans.count }

    /// The length of a tile of a level; of single events none.
    @inline(__always)
    func tileLength(_ level: Int) -> Int64 { level == 0 ? hop ?? spans[0] : spans[level - 1] }

    /// Whether tiles of one key may lie in a range: a boundary is never further behind the last of them.
    func canSpan(from start: Int64, to end: Int64) -> Bool {
        let (length, overflows) = end.subtractingReportingOverflow(start)
        return !overflows && length / spans[spans.count - 1] < 16
    }

    /// Calls `body` with ranges of one chunk each, which together are `start ..< end`. Within level 0, they may begin and end
    /// within a tile, if `start` and `end` do; else with one.
    ///
    /// Of a level there are two pieces at most on either side, of the last three or four: a window is `spans` long at most
    /// twice.
    @inline(__always)
    func forEachPiece<Failure: Error>(
        from start: Int64, to end: Int64,
        _ body: (_ level: Int, _ chunk: Int64, _ range: Range<Int64>) throws(Failure) -> Void
    ) throws(Failure) {
        var (low, high) = (start, end)
        for level in 0..<spans.count - 1 {
            let span = spans[level]
            let first = ceiling(low, span)
            let last = high.floored(to: span)
            if first >= last { return try forEachChunk(level, low, high, body) }
            if low < first { try body(level, first - span, low..<first) }
            if last < high { try body(level, last, last..<high) }
            (low, high) = (first, last)
        }
        try forEachChunk(spans.count - 1, low, high, body)
    }

    @inline(__always)
    private func forEachChunk<Failure: Error>(
        _ level: Int, _ low: Int64, _ high: Int64,
        _ body: (_ level: Int, _ chunk: Int64, _ range: Range<Int64>) throws(Failure) -> Void
    ) throws(Failure) {
        var start = low
        while start < high {
            let chunk = start.floored(to: spans[level])
            let end = min(high, chunk.clampedAdding(spans[level]))
            try body(level, chunk, start..<end)
            start = end
        }
    }

    @inline(__always)
    private func ceiling(_ time: Int64, _ span: Int64) -> Int64 {
        let floored = time.floored(to: span)
        return floored == time ? time : floored.clampedAdding(span)
    }
}
