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
    /// The ingestions whose rows it holds. Rows of a higher sequence came later; ranges of one snapshot's
    /// segments never overlap.
    public var sequences: ClosedRange<Int64>
}
