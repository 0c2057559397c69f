// Evaluates calculations as ODK Collect does: each form N.xml of a folder is loaded with record.xml, and the value of /data/c is printed as "N<tab>value".
import java.io.File;
import java.io.FileInputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xform.util.XFormUtils;
import org.opendatakit.validate.StubPropertyManager;

public class JavaRosa {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        new XFormsModule().registerModule();
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        PropertyManager.setPropertyManager(new StubPropertyManager());
        File folder = new File(arguments[0]);
        byte[] record = Files.readAllBytes(new File(folder, "record.xml").toPath());
        for (int number = 0; new File(folder, number + ".xml").exists(); number++) {
            try {
                FormDef form = XFormUtils.getFormFromInputStream(new FileInputStream(new File(folder, number + ".xml")));
                TreeElement root = form.getInstance().getRoot().deepCopy(true);
                root.populate(XFormParser.restoreDataModel(record, null).getRoot(), form);
                form.getInstance().setRoot(root);
                form.initialize(false, new InstanceInitializationFactory());
                TreeElement found = form.getInstance().getRoot().getFirstChild("c");
                out.println("VALUE\t" + number + "\t" + (found.getValue() == null ? "" : found.getValue().getDisplayText()));
            } catch (Throwable refused) {
                out.println("REFUSED\t" + number);
            }
        }
    }
}
