import CArrowABI
import Foundation
import Testing

@testable import Columnar

@Suite struct ArrowOwnershipTests {
    /// Memory that says when it is freed.
    private final class WatchedMemory {
        final class Watch { var freed = 0 }
        let watch: Watch
        let base = UnsafeMutablePointer<Int64>.allocate(capacity: 4)

        init(_ watch: Watch) {
            self.watch = watch
            base.initialize(repeating: 7, count: 4)
        }

        deinit {
            base.deallocate()
            watch.freed += 1
        }
    }

    private static func watchedTable(_ watch: WatchedMemory.Watch) -> Table {
        let memory = WatchedMemory(watch)
        let values = Buffer(base: memory.base, count: 32, owner: memory)
        let vectors = Column(
            vectorsOf: Column(.int64, count: 4, values: values), size: 2, count: 2)
        return Table(fields: [Field("v", vectors.type)], columns: [vectors])
    }

    @Test func lentMemoryLivesUntilTheLastBatchIsReleased() {
        let watch = WatchedMemory.Watch()
        var stream = ArrowArrayStream()
        ArrowExport.stream(of: Self.watchedTable(watch), to: &stream, batchRows: 1)
        var first = ArrowArray()
        var second = ArrowArray()
        var end = ArrowArray()
        #expect(stream.get_next(&stream, &first) == 0)
        #expect(stream.get_next(&stream, &second) == 0)
        #expect(stream.get_next(&stream, &end) == 0)
        #expect(first.release != nil && second.release != nil && end.release == nil)
        stream.release(&stream)
        #expect(stream.release == nil)
        second.release(&second)
        #expect(second.release == nil)
        #expect(watch.freed == 0)
        first.release(&first)
        #expect(watch.freed == 1)
    }

    @Test func aChildMovedOutOutlivesItsParent() {
        let watch = WatchedMemory.Watch()
        var stream = ArrowArrayStream()
        ArrowExport.stream(of: Self.watchedTable(watch), to: &stream)
        var batch = ArrowArray()
        #expect(stream.get_next(&stream, &batch) == 0)
        var schema = ArrowSchema()
        #expect(stream.get_schema(&stream, &schema) == 0)
        stream.release(&stream)
        guard let child = batch.children?[0], let schemaChild = schema.children?[0] else {
            Issue.record("the batch has no child")
            return
        }
        var moved = child.pointee
        child.pointee.release = nil
        var movedSchema = schemaChild.pointee
        schemaChild.pointee.release = nil
        batch.release(&batch)
        schema.release(&schema)
        #expect(watch.freed == 0)
        #expect(moved.length == 2)
        #expect(movedSchema.format.map { String(cString: $0) } == "+w:2")
        #expect(movedSchema.name.map { String(cString: $0) } == "v")
        moved.release(&moved)
        movedSchema.release(&movedSchema)
        #expect(watch.freed == 1)
    }

    @Test func aReleasedStreamAnswersWithAnError() {
        var stream = ArrowArrayStream()
        ArrowExport.stream(of: Table(fields: [], columns: []), to: &stream)
        let copy = stream
        stream.release(&stream)
        var array = ArrowArray()
        var schema = ArrowSchema()
        #expect(copy.get_next(&stream, &array) == EINVAL)
        #expect(copy.get_schema(&stream, &schema) == EINVAL)
        copy.release(&stream)
    }

    @Test func aForeignBatchIsReleasedWithItsLastColumn() throws {
        let numbers = ForeignArrayText(format: "l", length: 2, buffers: [nil, littleEndian([Int64(1), 2])])
        let producer = ForeignProducer([.batch([numbers, numbers])])
        var stream = ArrowArrayStream()
        producer.lend(to: &stream)
        var column: Column?
        do {
            let table = try ArrowImport.table(from: &stream)
            column = table.columns[1].slice(1..<2)
        }
        #expect(producer.streamsReleased == 1)
        #expect(producer.schemasReleased == 1)
        #expect(producer.batchesReleased == 0)
        #expect(column?.allValues == [.int(2)])
        column = nil
        #expect(producer.batchesReleased == 1)
    }

    @Test func severalBatchesAreReleasedOnceTheyAreCopied() throws {
        let numbers = ForeignArrayText(format: "l", length: 2, buffers: [nil, littleEndian([Int64(1), 2])])
        let producer = ForeignProducer([.batch([numbers]), .batch([numbers])])
        var stream = ArrowArrayStream()
        producer.lend(to: &stream)
        let table = try ArrowImport.table(from: &stream)
        #expect(producer.batchesReleased == 2)
        #expect(table.rowCount == 4)
    }
}
