import CArrowABI

/// A batch that another library lent us: released, once, when the last column that looks into it is gone.
///
/// Invariant: `array` is not changed between the transfer and the release. The interface allows the release on any
/// thread.
final class ForeignBatch: @unchecked Sendable {
    private let structure: UnsafeMutablePointer<ArrowArray>

    /// Takes ownership of `array`.
    init(_ array: ArrowArray) {
        structure = .allocate(capacity: 1)
        structure.initialize(to: array)
    }

    deinit {
        structure.pointee.release?(structure)
        structure.deallocate()
    }

    var array: ArrowArray { structure.pointee }
}
