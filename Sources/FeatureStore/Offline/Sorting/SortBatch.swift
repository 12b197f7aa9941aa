import Columnar

/// Rows in order of arrival that are sorted together in memory.
struct SortBatch: Sendable {
    /// The pieces that hold rows.
    private(set) var pieces: [SourcePiece] = []
    private(set) var rowCount = 0
    /// Bytes that the pieces hold in memory already.
    private var heldBytes = 0

    /// How much is sorted at once. Sorting takes about 40 bytes a row, and as much as its widest column.
    struct Limit: Sendable {
        var rows = 16 << 20
        var heldBytes = 768 << 20
    }

    var isEmpty: Bool { rowCount == 0 }

    /// Whether `piece` should wait for the next batch.
    func isFull(for piece: SourcePiece, _ limit: Limit) -> Bool {
        !isEmpty && (rowCount + piece.rowCount > limit.rows || heldBytes + piece.heldBytes > limit.heldBytes)
    }

    mutating func append(_ piece: SourcePiece) {
        guard piece.rowCount > 0 else { return }
        pieces.append(piece)
        rowCount += piece.rowCount
        heldBytes += piece.heldBytes
    }

    /// The same rows without those that do not fit, which go to `rejections` in their order.
    func checked(rejecting rejections: RowRejections) throws -> SortBatch {
        let problems = try Parallel.tryMap(pieces) { (piece) throws(DataError) in
            try piece.unchecked?.problems() ?? [:]
        }
        guard problems.contains(where: { !$0.isEmpty }) else { return self }
        var checked = SortBatch()
        for (piece, problems) in zip(pieces, problems) {
            if let file = piece.unchecked, !problems.isEmpty {
                checked.append(SourcePiece(try file.table(rejecting: problems, to: rejections)))
            } else {
                checked.append(piece)
            }
        }
        return checked
    }
}
