import Columnar

/// What the catalog knows of one segment file.
public struct SegmentRecord: Hashable, Sendable {
    public var id: Int64
    public var view: String
    /// The file's name in the view's folder.
    public var file: String
    public var rows: Int
    public var bytes: Int
    /// Event times of its oldest and newest row; nil for a timeless view.
    public var timeRange: ClosedRange<Timestamp>?
    /// The ingestions and pushes whose rows it holds. Rows of a higher sequence came later; ranges of one snapshot's
    /// segments never overlap, nor does that of a segment hold a batch of the hot log.
    public var sequences: ClosedRange<Int64>
    /// If it was made of the hot log, and so says of each row by which push it came: the newest snapshot when the first of
    /// them came.
    public var pushedSince: Int64?
    /// Of the file's content (`Checksum`); nil for files that were written before it was recorded.
    public var checksum: String?
    /// What is known of its features' values, by feature: given by who wrote the segment, and kept by the commit. A record
    /// that is read has none; `Catalog.summaries(of:)` reads them.
    var summaries: [String: FeatureSummary] = [:]
}
