/// What of a view's history lies in files: all that a reader sees who does not know the hot log.
struct HistoryFiles: Sendable {
    struct Segment: Sendable {
        let file: SegmentFile
        /// What of its rows the state includes; nil for all.
        let bound: HistoryMark.Bound?
    }

    /// In order of arrival.
    let segments: [Segment]
    /// Rows that were pushed and are in no file yet.
    let rowsInHotLog: Int
}
