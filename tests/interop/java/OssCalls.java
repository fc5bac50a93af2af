import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.*;
import java.io.*;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

/**
 * Runs what Java's SDK can do with objects, listings and uploads against a store. Prints "ok" in the end.
 *
 * Arguments: the endpoint, the access key's id and secret, the version of signatures.
 */
public class OssCalls {
    static final String BUCKET = "crosscomm";
    static OSS oss;

    public static void main(String[] args) throws Exception {
        oss = client(args[0], args[1], args[2], args[3]);
        objects();
        listings();
        uploadsInParts();
        OSS wrong = client(args[0], args[1], "wrong", args[3]);
        refused("SignatureDoesNotMatch", () -> wrong.getObject(BUCKET, "log"));
        wrong.shutdown();
        oss.shutdown();
        System.out.println("ok");
    }

    static OSS client(String endpoint, String keyId, String secret, String version) {
        ClientBuilderConfiguration settings = new ClientBuilderConfiguration();
        settings.setSignatureVersion(version.equals("4") ? SignVersion.V4 : SignVersion.V1);
        return OSSClientBuilder.create().endpoint(endpoint).region("cn-hangzhou").clientConfiguration(settings)
            .credentialsProvider(new DefaultCredentialProvider(keyId, secret)).build();
    }

    static void objects() throws Exception {
        for (String key : List.of("plain", "dir/ü 中文 & <b>'\"+%2F?#.txt", "😀~!*()", "x//y", "a%20b")) {
            String content = "content of " + key;
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentType("text/x-test");
            metadata.addUserMetadata("a", "1");
            oss.putObject(BUCKET, key, stream(content), metadata);
            equal(content, text(oss.getObject(BUCKET, key)));
            ObjectMetadata head = oss.getObjectMetadata(BUCKET, key);
            equal("text/x-test", head.getContentType());
            equal("1", head.getUserMetadata().get("a"));
            GetObjectRequest range = new GetObjectRequest(BUCKET, key);
            range.setRange(0, 6);
            equal("content", text(oss.getObject(range)));
            URI signed = oss.generatePresignedUrl(BUCKET, key, new Date(System.currentTimeMillis() + 60_000)).toURI();
            try (InputStream body = signed.toURL().openStream()) {
                equal(content, new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
            oss.copyObject(BUCKET, key, BUCKET, "copy of " + key);
            equal(content, text(oss.getObject(BUCKET, "copy of " + key)));
            equal(true, oss.doesObjectExist(BUCKET, key));
            oss.deleteObject(BUCKET, key);
            equal(false, oss.doesObjectExist(BUCKET, key));
            refused("NoSuchKey", () -> oss.getObject(BUCKET, key));
        }
        oss.appendObject(new AppendObjectRequest(BUCKET, "log", stream("one ")).withPosition(0L));
        AppendObjectResult appended = oss.appendObject(
            new AppendObjectRequest(BUCKET, "log", stream("two")).withPosition(4L));
        equal(7L, appended.getNextPosition());
        equal("one two", text(oss.getObject(BUCKET, "log")));
    }

    static void listings() {
        List<String> names = List.of("list/a/1", "list/a/2", "list/b/ 中&", "list/c");
        for (String name : names) oss.putObject(BUCKET, name, stream(name));
        ListObjectsRequest folders = new ListObjectsRequest(BUCKET).withPrefix("list/").withDelimiter("/").withMaxKeys(2);
        equal(List.of("list/a/", "list/b/"), oss.listObjects(folders).getCommonPrefixes());
        List<String> found = new ArrayList<>();
        ListObjectsV2Result page;
        String token = null;
        do {
            ListObjectsV2Request request = new ListObjectsV2Request(BUCKET).withPrefix("list/").withMaxKeys(3);
            request.setContinuationToken(token);
            page = oss.listObjectsV2(request);
            for (OSSObjectSummary item : page.getObjectSummaries()) found.add(item.getKey());
            token = page.getNextContinuationToken();
        } while (page.isTruncated());
        equal(names, found);
        DeleteObjectsRequest many = new DeleteObjectsRequest(BUCKET).withKeys(names);
        equal(names.size(), oss.deleteObjects(many).getDeletedObjects().size());
        equal(BUCKET, oss.listBuckets().get(0).getName());
        equal(true, oss.doesBucketExist(BUCKET));
    }

    static void uploadsInParts() throws Exception {
        byte[] whole = new byte[1_000_000];
        new Random(1).nextBytes(whole);
        Path file = Files.createTempFile("crosscomm_", null);
        Files.write(file, whole);
        UploadFileRequest resumable = new UploadFileRequest(BUCKET, "resumable", file.toString(), 200_000, 3, true);
        try {
            oss.uploadFile(resumable);
        } catch (Throwable error) {
            throw new Exception(error);
        }
        equal(true, Arrays.equals(whole, bytes(oss.getObject(BUCKET, "resumable"))));

        String id = oss.initiateMultipartUpload(new InitiateMultipartUploadRequest(BUCKET, "by hand")).getUploadId();
        UploadPartRequest part = new UploadPartRequest(BUCKET, "by hand", id, 1, Files.newInputStream(file), 400_000);
        PartETag first = oss.uploadPart(part).getPartETag();
        UploadPartCopyRequest rest = new UploadPartCopyRequest(BUCKET, "resumable", BUCKET, "by hand");
        rest.setUploadId(id);
        rest.setPartNumber(2);
        rest.setBeginIndex(400_000L);
        rest.setPartSize(600_000L);
        PartETag second = oss.uploadPartCopy(rest).getPartETag();
        equal(2, oss.listParts(new ListPartsRequest(BUCKET, "by hand", id)).getParts().size());
        equal(1, oss.listMultipartUploads(new ListMultipartUploadsRequest(BUCKET)).getMultipartUploads().size());
        oss.completeMultipartUpload(
            new CompleteMultipartUploadRequest(BUCKET, "by hand", id, new ArrayList<>(List.of(first, second))));
        equal(true, Arrays.equals(whole, bytes(oss.getObject(BUCKET, "by hand"))));

        String given = oss.initiateMultipartUpload(new InitiateMultipartUploadRequest(BUCKET, "given")).getUploadId();
        oss.abortMultipartUpload(new AbortMultipartUploadRequest(BUCKET, "given", given));
        refused("NoSuchUpload", () -> oss.listParts(new ListPartsRequest(BUCKET, "given", given)));
        Files.delete(file);
    }

    static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The whole content: the SDK compares its CRC64 when it has been read. */
    static byte[] bytes(OSSObject object) throws IOException {
        try (InputStream body = object.getObjectContent()) {
            return body.readAllBytes();
        }
    }

    static String text(OSSObject object) throws IOException {
        return new String(bytes(object), StandardCharsets.UTF_8);
    }

    static void refused(String code, Runnable call) {
        try {
            call.run();
        } catch (OSSException error) {
            equal(code, error.getErrorCode());
            return;
        }
        throw new AssertionError("not refused with " + code);
    }

    static void equal(Object expected, Object found) {
        if (!expected.equals(found)) throw new AssertionError("expected " + expected + ", found " + found);
    }
}
