import CArrowABI
import Foundation

/// Lends tables to other libraries in the same process (Arrow C stream interface).
public enum ArrowExport {
    /// Makes `out` a stream of the table's rows; their memory is lent, not copied.
    ///
    /// Only a validity bitmap that does not start on a byte is copied. The memory lives until the consumer has
    /// released the stream and every batch it took; batches may be released on any thread.
    ///
    /// - Parameters:
    ///   - out: memory for one structure; what it holds is overwritten, not released.
    ///   - batchRows: the most rows of a batch; nil for one batch of all rows.
    public static func stream(
        of table: Table, to out: UnsafeMutablePointer<ArrowArrayStream>, batchRows: Int? = nil
    ) {
        let stream = ExportedStream(table: table, batchRows: batchRows ?? max(table.rowCount, 1))
        out.initialize(
            to: ArrowArrayStream(
                get_schema: { stream, target in
                    guard let exported = ExportedStream.behind(stream), let target else { return EINVAL }
                    ExportedSchema.describe(exported.table, in: target)
                    return 0
                },
                get_next: { stream, target in
                    guard let exported = ExportedStream.behind(stream), let target else { return EINVAL }
                    exported.lendNextBatch(in: target)
                    return 0
                },
                // No call of a stream of ours can fail, but for those on a stream that was released already.
                get_last_error: { _ in nil },
                release: { stream in
                    guard let stream, let exported = stream.pointee.private_data else { return }
                    stream.pointee.private_data = nil
                    stream.pointee.release = nil
                    Unmanaged<ExportedStream>.fromOpaque(exported).release()
                },
                private_data: Unmanaged.passRetained(stream).toOpaque()))
    }
}

/// A table on its way out, and how far the consumer has read.
private final class ExportedStream {
    let table: Table
    private let batchRows: Int
    private var nextRow = 0

    init(table: Table, batchRows: Int) {
        precondition(batchRows > 0)
        self.table = table
        self.batchRows = batchRows
    }

    /// The object that `stream` carries; nil after its release.
    static func behind(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> ExportedStream? {
        stream?.pointee.private_data.map { Unmanaged<ExportedStream>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Lends the next rows; behind the last, an array without release callback, which is how a stream ends.
    func lendNextBatch(in target: UnsafeMutablePointer<ArrowArray>) {
        guard nextRow < table.rowCount else {
            target.initialize(to: ArrowArray())
            return
        }
        let end = nextRow + min(batchRows, table.rowCount - nextRow)
        ExportedArray.lend(table.slice(nextRow..<end), in: target)
        nextRow = end
    }
}
